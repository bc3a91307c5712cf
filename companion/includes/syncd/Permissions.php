<?php

declare(strict_types=1);

namespace Syncd\Companion;

use WHMCS\Database\Capsule;

defined('WHMCS') || exit('This file cannot be accessed directly');

/** The permissions that WHMCS knows, and how its tables hold those of a membership. */
final class Permissions
{
    public const IN_TWO_FORMS = 'Memberships hold permissions in more than one form, so none is written.';
    public const ALL = PHP_INT_MAX;
    public const NEWEST = 500;

    /** @return string[] the keys, in the order of WHMCS */
    public static function known(): array
    {
        $list = localAPI('GetPermissionsList', [])['permissions'] ?? [];
        $known = $list['permission'] ?? $list;
        if (!is_array($known) || $known === []) {
            throw new Refused('The permissions of this WHMCS could not be read.');
        }
        return array_values($known);
    }

    /**
     * The known ones of those asked for, in the order of WHMCS.
     *
     * @return string[]
     */
    public static function wanted(string $text): array
    {
        $words = self::words($text);
        if ($words === []) {
            throw new Refused('User permissions are required');
        }
        $known = self::known();
        foreach (array_diff($words, $known) as $word) {
            throw new Refused("Unknown permission: $word");
        }
        return array_values(array_intersect($known, $words));
    }

    /**
     * What a column holds: words with commas, or a JSON list.
     *
     * @return string[]
     */
    public static function held(?string $text, string $row): array
    {
        $text = trim((string) $text);
        $words = strpos($text, '[') === 0 ? json_decode($text, true) : self::words($text);
        foreach (is_array($words) ? $words : [null] as $word) {
            if (!is_string($word) || !preg_match('/^\w+$/D', $word)) {
                throw new Refused("The permissions of $row are neither words with commas nor a list.");
            }
        }
        return array_values(array_unique($words));
    }

    /**
     * Text for the column, in the form that the newest memberships have it.
     *
     * @param string[] $permissions
     */
    public static function text(array $permissions): string
    {
        $forms = self::forms(self::NEWEST);
        if (count($forms) > 1) {
            throw new Refused(self::IN_TWO_FORMS);
        }
        return $forms === ['list'] ? json_encode($permissions) : implode(',', $permissions);
    }

    /** @return string[] the forms of the newest memberships that hold any: "list", "words" */
    public static function forms(int $newest): array
    {
        $rows = Capsule::connection()->select(
            "SELECT DISTINCT IF(LEFT(TRIM(permissions), 1) = '[', 'list', 'words') AS form FROM (SELECT permissions"
            . " FROM tblusers_clients WHERE owner = 0 AND permissions <> '' ORDER BY id DESC LIMIT $newest) newest"
        );
        return array_map(static function ($row): string {
            return $row->form;
        }, $rows);
    }

    /** @return string[] */
    private static function words(string $text): array
    {
        return array_values(array_filter(array_map('trim', explode(',', $text)), static function (string $word): bool {
            return $word !== '';
        }));
    }
}
