<?php

declare(strict_types=1);

namespace Syncd\Companion;

defined('WHMCS') || exit('This file cannot be accessed directly');

/** A call that is refused, with the sentence for the caller. Nothing was written. */
final class Refused extends \Exception
{
}
