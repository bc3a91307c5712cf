<?php

declare(strict_types=1);

namespace Syncd\Companion;

use WHMCS\Database\Capsule;

defined('WHMCS') || exit('This file cannot be accessed directly');

/** Shows users, memberships or invitations, a page of ids at a time. Never a hash, never a token. */
final class Observe
{
    private const TABLES = [
        'users' => 'tblusers',
        'memberships' => 'tblusers_clients',
        'invites' => 'tbluser_invites',
    ];

    public static function answer(array $parameters): array
    {
        Tables::read()->demand('observe');
        $what = Text::of($parameters, 'what');
        if (!isset(self::TABLES[$what])) {
            throw new Refused('what must be users, memberships or invites');
        }
        $after = Text::number(Text::of($parameters, 'after') ?: '0');
        if ($after === null) {
            throw new Refused('after must be a number, 0 or more');
        }
        $text = Text::of($parameters, 'limitnum');
        $limit = Text::number($text === '' ? '1000' : $text);
        if ($limit === null || $limit < 1 || $limit > 5000) {
            throw new Refused('limitnum must be a number from 1 to 5000');
        }
        return self::page($what, $after, $limit);
    }

    private static function page(string $what, int $after, int $limit): array
    {
        $query = Capsule::table(self::TABLES[$what])->where('id', '>', $after)->orderBy('id')->limit($limit + 1);
        $rows = [];
        foreach ($query->get(Tables::TO_OBSERVE[self::TABLES[$what]]) as $row) {
            $rows[(int) $row->id] = $row;
        }
        $follows = count($rows) > $limit;
        $rows = array_slice($rows, 0, $limit, true);
        return [
            'what' => $what,
            'numreturned' => count($rows),
            'next' => $follows ? max(array_keys($rows)) : 0,
            $what => array_map([self::class, $what], $rows, self::accepted($what, array_keys($rows))),
        ];
    }

    /**
     * Of each invitation the user whose membership was made by it.
     *
     * @param int[] $ids
     *
     * @return int[] in the order of ids
     */
    private static function accepted(string $what, array $ids): array
    {
        $users = [];
        if ($what === 'invites' && $ids !== []) {
            $members = Capsule::table('tblusers_clients')->whereIn('invite_id', $ids)->orderBy('auth_user_id', 'desc');
            foreach ($members->get(['invite_id', 'auth_user_id']) as $member) {
                $users[(int) $member->invite_id] = (int) $member->auth_user_id;
            }
        }
        return array_map(static function (int $id) use ($users): int {
            return $users[$id] ?? 0;
        }, $ids);
    }

    private static function users(\stdClass $row): array
    {
        return [
            'id' => (int) $row->id,
            'firstname' => (string) $row->first_name,
            'lastname' => (string) $row->last_name,
            'email' => (string) $row->email,
            'language' => (string) $row->language,
            'datecreated' => Text::time($row->created_at),
            'verified' => Text::time($row->email_verified_at) !== '',
        ];
    }

    private static function memberships(\stdClass $row): array
    {
        return [
            'id' => (int) $row->id,
            'user_id' => (int) $row->auth_user_id,
            'client_id' => (int) $row->client_id,
            'owner' => (bool) (int) $row->owner,
            'permissions' => (int) $row->owner ? [] : Permissions::held($row->permissions, "membership {$row->id}"),
            'invite_id' => (int) $row->invite_id,
        ];
    }

    private static function invites(\stdClass $row, int $acceptedBy): array
    {
        return [
            'id' => (int) $row->id,
            'client_id' => (int) $row->client_id,
            'email' => (string) $row->email,
            'permissions' => Permissions::held($row->permissions, "invitation {$row->id}"),
            'created_at' => Text::time($row->created_at),
            'accepted_at' => Text::time($row->accepted_at),
            'deleted_at' => Text::time($row->deleted_at),
            'accepted_by' => $acceptedBy,
        ];
    }
}
