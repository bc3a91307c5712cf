<?php

declare(strict_types=1);

namespace Syncd\Companion;

use WHMCS\Database\Capsule;

defined('WHMCS') || exit('This file cannot be accessed directly');

/** What the tables look like here, and what is possible with them. */
final class Tables
{
    public const TO_OBSERVE = [
        'tblusers' => ['id', 'first_name', 'last_name', 'email', 'language', 'created_at', 'email_verified_at'],
        'tblusers_clients' => ['id', 'auth_user_id', 'client_id', 'invite_id', 'owner', 'permissions'],
        'tbluser_invites' => ['id', 'email', 'client_id', 'permissions', 'accepted_at', 'created_at', 'deleted_at'],
    ];

    /** Needed besides: of each possibility the columns of each table. */
    private const BESIDES = [
        'observe' => [],
        'attach' => [
            'tblusers' => ['password', 'updated_at'],
            'tblusers_clients' => ['created_at', 'updated_at'],
            'tblclients' => ['id'],
        ],
        'withdrawinvite' => ['tbluser_invites' => ['updated_at']],
    ];

    private const WRITTEN = [
        'observe' => [],
        'attach' => ['tblusers', 'tblusers_clients', Effect::TABLE],
        'withdrawinvite' => ['tbluser_invites', Effect::TABLE],
    ];

    /** @var array<string, array<string, ?string>> of each table the columns, with their collation */
    private $columns = [];

    /** @var array<string, ?string> of each table the engine */
    private $engines = [];

    public static function read(): self
    {
        $tables = new self();
        $rows = Capsule::connection()->select(
            'SELECT c.table_name AS tab, c.column_name AS col, c.collation_name AS collation_, t.engine AS engine_'
            . ' FROM information_schema.columns c JOIN information_schema.tables t'
            . ' ON t.table_schema = c.table_schema AND t.table_name = c.table_name'
            . ' WHERE c.table_schema = DATABASE() AND c.table_name IN (?, ?, ?, ?, ?)',
            ['tblusers', 'tblusers_clients', 'tbluser_invites', 'tblclients', Effect::TABLE]
        );
        foreach ($rows as $row) {
            $tables->columns[$row->tab][$row->col] = $row->collation_;
            $tables->engines[$row->tab] = $row->engine_;
        }
        return $tables;
    }

    /** Refuses, where the tables are not as "observe", "attach" or "withdrawinvite" needs them. */
    public function demand(string $possibility): void
    {
        foreach ($this->reasons($possibility) as $reason) {
            throw new Refused($reason);
        }
    }

    /** @return string[] why it is not possible; none where it is */
    public function reasons(string $possibility): array
    {
        $reasons = [];
        foreach ($this->missing($possibility) as $missing) {
            list($table, $column) = explode('.', $missing);
            $reasons[] = "The table $table has no column $column, so this action is not possible here.";
        }
        foreach (self::WRITTEN[$possibility] as $table) {
            if (isset($this->engines[$table]) && $this->engines[$table] !== 'InnoDB') {
                $reasons[] = "The table $table knows no transactions, so this action is not possible here.";
            }
        }
        return $reasons;
    }

    /** @return string[] the columns that are needed and not there, as table.column */
    public function missing(string $possibility): array
    {
        $needed = array_merge_recursive(self::TO_OBSERVE, self::BESIDES[$possibility]);
        if (self::WRITTEN[$possibility] && $this->haveEffects()) {
            $needed[Effect::TABLE] = Effect::COLUMNS;
        }
        $missing = [];
        foreach ($needed as $table => $columns) {
            foreach (array_diff($columns, array_keys($this->columns[$table] ?? [])) as $column) {
                $missing[] = "$table.$column";
            }
        }
        return $missing;
    }

    public function haveEffects(): bool
    {
        return isset($this->columns[Effect::TABLE]);
    }

    /** Whether the database itself compares the addresses of users without case. */
    public function ignoreCaseOfUsers(): bool
    {
        return substr((string) $this->columns['tblusers']['email'], -3) === '_ci';
    }
}
