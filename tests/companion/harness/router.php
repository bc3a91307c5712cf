<?php

/*
 * Plays WHMCS for the companion's own files, which it finds where the server was started (php -S ... -t).
 * Credentials, roles, version and settings are rows; what WHMCS does with a request is done here in a few lines.
 */

declare(strict_types=1);

require_once 'Illuminate/Database/autoload.php';

use Illuminate\Database\Capsule\Manager;

$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if (!in_array($path, ['/includes/api.php', '/admin', '/local'], true)) {
    return false; // A file asked for directly, or nothing.
}

// A warning in the companion's files is an error here.
set_error_handler(static function (int $level, string $message, string $file, int $line): bool {
    if (strpos($file, $_SERVER['DOCUMENT_ROOT']) === 0) {
        throw new ErrorException($message, 0, $level, $file, $line);
    }
    return true;
});

define('WHMCS', true);
class_alias(Manager::class, 'WHMCS\Database\Capsule');
$capsule = new Manager();
$capsule->addConnection(json_decode(getenv('HARNESS_DATABASE'), true) + [
    'driver' => 'mysql', 'charset' => 'utf8mb4', 'collation' => 'utf8mb4_unicode_ci', 'prefix' => '',
]);
$capsule->setAsGlobal();

require __DIR__ . '/whmcs.php';
if (setting('HarnessEntities') === 'on') {
    array_walk_recursive($_POST, static function (&$value): void {
        $value = htmlspecialchars($value, ENT_QUOTES, 'UTF-8');
    });
}
if ($path === '/admin') {
    require __DIR__ . '/admin.php';
} elseif ($path === '/local') {
    // Some other module, in a request of its own, calls an action.
    say(200, localAPI($_POST['call'], json_decode(html_entity_decode($_POST['values']), true)));
} else {
    serve(strtolower($_POST['action'] ?? ''));
}
