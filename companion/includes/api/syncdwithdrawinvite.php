<?php

/* The API action SyncdWithdrawInvite. What it does stands in includes/syncd/WithdrawInvite.php. */

declare(strict_types=1);

defined('WHMCS') || exit('This file cannot be accessed directly');

require_once __DIR__ . '/../syncd/companion.php';

$apiresults = \Syncd\Companion\answer('SyncdWithdrawInvite', $vars ?? []);
