<?php

declare(strict_types=1);

namespace Syncd\Companion;

defined('WHMCS') || exit('This file cannot be accessed directly');

/** Reads parameters and columns as text. */
final class Text
{
    /** A parameter, or column, as text: "" where it is left out, null or no plain value. */
    public static function of(array $values, string $name): string
    {
        return isset($values[$name]) && is_scalar($values[$name]) ? (string) $values[$name] : '';
    }

    /** A whole number without a sign, of at most ten digits; null where it is none. */
    public static function number(string $text): ?int
    {
        return preg_match('/^[0-9]{1,10}$/D', $text) ? (int) $text : null;
    }

    /** A time as the tables hold it; "" for none, which a zero date is too. */
    public static function time(?string $time): string
    {
        return $time === null || strpos($time, '0000-00-00') === 0 ? '' : $time;
    }

    /** WHMCS may hand over a ' as an entity, and may keep it so. */
    public static function plain(string $text): string
    {
        return html_entity_decode($text, ENT_QUOTES, 'UTF-8');
    }

    /** Folds A to Z alone, as syncd does: other letters that look alike are other mailboxes. */
    public static function isSameAddress(string $address, string $other): bool
    {
        return self::folded($address) === self::folded($other);
    }

    private static function folded(string $address): string
    {
        return strtr(trim(self::plain($address)), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz');
    }
}
