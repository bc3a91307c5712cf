<?php

/* What WHMCS offers a file in includes/api, and how it calls it. */

declare(strict_types=1);

use WHMCS\Database\Capsule;

function setting(string $name): string
{
    return (string) Capsule::table('tblconfiguration')->where('setting', $name)->value('value');
}

function serve(string $action): void
{
    $device = Capsule::table('tbldeviceauth')->where('identifier', $_POST['identifier'] ?? '')->first();
    if ($device === null || !hash_equals($device->secret, $_POST['secret'] ?? '')) {
        say(403, ['result' => 'error', 'message' => 'Authentication Failed']);
    } elseif (!isset(allowed($device)[$action])) {
        $message = "Invalid Permissions: API action \"$action\" is not allowed";
        say(403, ['result' => 'error', 'message' => $message]);
    } else {
        say(200, perform($action, null));
    }
}

function allowed(stdClass $device): array
{
    $role = Capsule::table('tblapi_roles')->whereIn('id', explode(',', $device->role_ids))->value('permissions');
    return json_decode((string) $role, true) ?: [];
}

function say(int $status, array $reply): void
{
    http_response_code($status);
    header('Content-Type: application/json');
    echo json_encode($reply, JSON_HEX_QUOT);
}

function localAPI(string $command, array $values): array
{
    $command = strtolower($command);
    if ($command === 'whmcsdetails') {
        $version = explode('-', setting('Version'))[0];
        return ['result' => 'success', 'whmcs' => ['version' => $version, 'canonicalversion' => setting('Version')]];
    }
    if ($command === 'getpermissionslist') {
        return json_decode(setting('HarnessPermissions'), true);
    }
    return perform($command, $values);
}

function perform(string $action, ?array $vars): array
{
    $file = $_SERVER['DOCUMENT_ROOT'] . "/includes/api/$action.php";
    if (!preg_match('/^[a-z]+$/D', $action) || !is_file($file)) {
        return ['result' => 'error', 'message' => 'The requested API Action could not be found.'];
    }
    if ($vars === null) {
        unset($vars);
    }
    require $file;
    return $apiresults;
}

function logActivity(string $description, int $clientId = 0): void
{
    Capsule::table('tblactivitylog')->insert([
        'date' => Capsule::raw('NOW()'),
        'description' => $description,
        'user' => 'API',
        'userid' => $clientId,
    ]);
    if (setting('HarnessLogHook') === 'fails') {
        throw new RuntimeException('a hook of another module');
    }
}

function add_hook(string $point, int $priority, callable $hook): void
{
    $GLOBALS['hooks'][$point][] = $hook;
}
