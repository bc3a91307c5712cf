<?php

/* The API action SyncdAttach. What it does stands in includes/syncd/Attach.php. */

declare(strict_types=1);

defined('WHMCS') || exit('This file cannot be accessed directly');

require_once __DIR__ . '/../syncd/companion.php';

$apiresults = \Syncd\Companion\answer('SyncdAttach', $vars ?? []);
