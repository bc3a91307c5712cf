<?php

declare(strict_types=1);

namespace Syncd\Companion;

use WHMCS\Database\Capsule;

defined('WHMCS') || exit('This file cannot be accessed directly');

/** Says what is possible here. Writes nothing. */
final class Capabilities
{
    public static function answer(): array
    {
        $tables = Tables::read();
        $permissions = [];
        $reasons = [];
        $missing = [];
        foreach (['observe', 'attach', 'withdrawinvite'] as $possibility) {
            $reasons[$possibility] = $tables->reasons($possibility);
            $missing = array_merge($missing, $tables->missing($possibility));
        }
        if ($reasons['attach'] === [] && count(Permissions::forms(Permissions::ALL)) > 1) {
            $reasons['attach'][] = Permissions::IN_TWO_FORMS;
        }
        try {
            $permissions = Permissions::known();
        } catch (Refused $refusal) {
            $reasons['attach'][] = $refusal->getMessage();
        }
        return [
            'companion' => VERSION,
            'protocol' => PROTOCOL,
            'whmcs' => localAPI('WhmcsDetails', [])['whmcs']['version'] ?? '',
            'time' => Capsule::connection()->select('SELECT NOW() AS time_')[0]->time_,
            'permissions' => $permissions,
            'missing' => array_values(array_unique($missing)),
            'possible' => array_map(static function (array $reasons): bool {
                return $reasons === [];
            }, $reasons),
            'reasons' => array_values(array_unique(array_merge(...array_values($reasons)))),
        ];
    }
}
