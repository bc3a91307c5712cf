<?php

/* A page of the admin area: runs the hooks twice, as two modules may, and shows the catalogue of API actions. */

declare(strict_types=1);

namespace WHMCS\Api\V1;

if (setting('HarnessCatalog') !== 'none') {
    /** As third-party modules use it; the actions of WHMCS itself are of no interest here. */
    final class Catalog
    {
        private static $catalog;
        private $actions = ['getusers' => ['group' => 'User', 'name' => 'GetUsers', 'default' => 0]];
        private $groups = ['User' => ['name' => 'Users']];

        public static function get(): self
        {
            return self::$catalog = self::$catalog ?: new self();
        }

        public static function add(array $actions, array $groups = []): void
        {
            self::get()->actions += $actions;
            self::get()->groups += $groups;
        }

        public function getActions(): array
        {
            return $this->actions;
        }

        public function getGroups(): array
        {
            return $this->groups;
        }
    }
}

foreach (glob($_SERVER['DOCUMENT_ROOT'] . '/includes/hooks/*.php') as $file) {
    require $file;
}
foreach (array_merge($GLOBALS['hooks']['AdminAreaPage'], $GLOBALS['hooks']['AdminAreaPage']) as $hook) {
    $hook([]);
}
$catalog = class_exists(Catalog::class, false) ? Catalog::get() : null;
say(200, ['actions' => $catalog ? $catalog->getActions() : [], 'groups' => $catalog ? $catalog->getGroups() : []]);
