<?php

/* What the files in includes/api share: each calls `answer`. Never an action by itself. */

declare(strict_types=1);

namespace Syncd\Companion;

defined('WHMCS') || exit('This file cannot be accessed directly');

const VERSION = '1.1.0';
const PROTOCOL = 1;

foreach (['Refused', 'Text', 'Tables', 'Permissions', 'Effect'] as $file) {
    require_once __DIR__ . "/$file.php";
}

/**
 * Calls an action and gives its reply. What goes wrong is a reply too, never an exception.
 *
 * @param mixed $vars the parameters of localAPI; those of a call over HTTP are in $_POST
 *
 * @return array<string, mixed>
 */
function answer(string $action, $vars): array
{
    $isPosted = strcasecmp(Text::of($_POST, 'action'), $action) === 0;
    $class = substr($action, strlen('Syncd'));
    require_once __DIR__ . "/$class.php";
    try {
        return ['result' => 'success'] + [__NAMESPACE__ . "\\$class", 'answer']($isPosted ? $_POST : (array) $vars);
    } catch (Refused $refusal) {
        return ['result' => 'error', 'message' => $refusal->getMessage()];
    } catch (\Throwable $error) {
        // Its class or code, not its message: in that of a statement its values stand, a hash among them.
        $code = $error instanceof \PDOException ? $error->getCode() : get_class($error);
        $message = "$action could not be finished ($code); the same call may be sent again.";
        return ['result' => 'error', 'message' => $message];
    }
}
