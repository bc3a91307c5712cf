<?php

declare(strict_types=1);

namespace Syncd\Companion;

use WHMCS\Database\Capsule;

defined('WHMCS') || exit('This file cannot be accessed directly');

/** Withdraws an invitation that nobody accepted: it gets a time of deletion, as when staff cancels it. */
final class WithdrawInvite extends Effect
{
    protected const POSSIBILITY = 'withdrawinvite';
    protected const PARAMETERS = ['invite_id', 'client_id', 'email'];

    protected function check(array $parameters): void
    {
        if (!Text::number($this->asked['invite_id'])) {
            throw new Refused('Invitation not found');
        }
    }

    protected function judge(): array
    {
        $invite = Capsule::table('tbluser_invites')->where('id', (int) $this->asked['invite_id'])->lockForUpdate()
            ->first(['client_id', 'email', 'accepted_at', 'deleted_at']);
        if (
            $invite === null
            || (int) $invite->client_id !== Text::number($this->asked['client_id'])
            || !Text::isSameAddress($invite->email, $this->asked['email'])
        ) {
            throw new Refused('Invitation not found');
        }
        if (Text::time($invite->accepted_at) !== '') {
            throw new Refused('This invitation was accepted already.');
        }
        return ['gone' => Text::time($invite->deleted_at) !== ''];
    }

    protected function perform(array $judged): array
    {
        if (!$judged['gone']) {
            $now = Capsule::raw('NOW()');
            Capsule::table('tbluser_invites')->where('id', (int) $this->asked['invite_id'])
                ->update(['deleted_at' => $now, 'updated_at' => $now]);
        }
        return ['invite' => $judged['gone'] ? 'gone' : 'withdrawn'];
    }

    protected function describe(array $reply): string
    {
        return "syncd withdrew invite {$this->asked['invite_id']} of {$this->asked['email']} to client"
            . " {$this->asked['client_id']} ({$reply['invite']})";
    }
}
