<?php

/* Lists the companion's actions where API roles are made (Manage API Credentials > API Roles). Nothing else. */

declare(strict_types=1);

defined('WHMCS') || exit('This file cannot be accessed directly');

add_hook('AdminAreaPage', 1, static function (): void {
    if (!class_exists('WHMCS\Api\V1\Catalog')) {
        return;
    }
    $listed = \WHMCS\Api\V1\Catalog::get()->getActions();
    foreach (['SyncdCapabilities', 'SyncdObserve', 'SyncdAttach', 'SyncdWithdrawInvite'] as $name) {
        if (!isset($listed[strtolower($name)])) {
            \WHMCS\Api\V1\Catalog::add(
                [strtolower($name) => ['group' => 'Syncd', 'name' => $name, 'default' => 0]],
                ['Syncd' => ['name' => 'syncd']]
            );
        }
    }
});
