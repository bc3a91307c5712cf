<?php

/* The API action SyncdCapabilities. What it does stands in includes/syncd/Capabilities.php. */

declare(strict_types=1);

defined('WHMCS') || exit('This file cannot be accessed directly');

require_once __DIR__ . '/../syncd/companion.php';

$apiresults = \Syncd\Companion\answer('SyncdCapabilities', $vars ?? []);
