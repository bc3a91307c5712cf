<?php

declare(strict_types=1);

namespace Syncd\Companion;

use WHMCS\Database\Capsule;

defined('WHMCS') || exit('This file cannot be accessed directly');

/** Makes one membership, and its user where there is none. Never changes what is there. */
final class Attach extends Effect
{
    protected const POSSIBILITY = 'attach';
    protected const PARAMETERS = [
        'client_id', 'owner', 'email', 'firstname', 'lastname', 'language', 'user', 'permissions',
    ];

    private const BCRYPT = '~^\$2[aby]\$(0[4-9]|1[0-5])\$[./A-Za-z0-9]{53}$~D';

    /** @var string[] in the order of WHMCS */
    private $permissions = [];

    /** @var string a bcrypt hash, or "" */
    private $hash = '';

    protected function check(array $parameters): void
    {
        if (!Text::number($this->asked['client_id'])) {
            throw new Refused('Client ID Not Found');
        }
        $email = $this->asked['email'];
        if (strlen($email) > 255 || filter_var(Text::plain($email), FILTER_VALIDATE_EMAIL) === false) {
            throw new Refused('The email address entered is not valid');
        }
        foreach (['firstname' => 'a first name', 'lastname' => 'a last name'] as $name => $words) {
            if (trim($this->asked[$name]) === '') {
                throw new Refused("You did not enter $words");
            }
        }
        foreach (['firstname' => 255, 'lastname' => 255, 'language' => 32] as $name => $longest) {
            if (mb_strlen($this->asked[$name], 'UTF-8') > $longest) {
                throw new Refused("$name is too long");
            }
        }
        if (!in_array($this->asked['user'], ['', 'new'], true)) {
            throw new Refused('user must be new, or left out');
        }
        $this->permissions = Permissions::wanted($this->asked['permissions']);
        $this->hash = Text::of($parameters, 'password_hash');
        if ($this->hash !== '' && !preg_match(self::BCRYPT, $this->hash)) {
            throw new Refused('password_hash is not bcrypt');
        }
    }

    /** Gives the id of the user who is there, and the text of the permissions to write; null for none. */
    protected function judge(): array
    {
        // Locked, so that whatever else is attached to this client waits.
        $client = Capsule::table('tblclients')->where('id', (int) $this->asked['client_id'])->lockForUpdate();
        if ($client->first(['id']) === null) {
            throw new Refused('Client ID Not Found');
        }
        $owner = $this->owner();
        if (!Text::isSameAddress($owner, $this->asked['owner'])) {
            throw new Refused('The owner of this client is somebody else than expected.');
        }
        if (Text::isSameAddress($owner, $this->asked['email'])) {
            throw new Refused('Permissions cannot be set on a client owner');
        }
        $user = $this->user();
        if ($user !== null && $this->asked['user'] === 'new') {
            throw new Refused('A user already exists with that email address');
        }
        $held = $user === null ? null : $this->held($user);
        if ($held !== null && (array_diff($held, $this->permissions) || array_diff($this->permissions, $held))) {
            throw new Refused('User already associated with client');
        }
        return ['user' => $user, 'text' => $held === null ? Permissions::text($this->permissions) : null];
    }

    private function owner(): string
    {
        $owners = Capsule::table('tblusers_clients')
            ->join('tblusers', 'tblusers.id', '=', 'tblusers_clients.auth_user_id')
            ->where('client_id', (int) $this->asked['client_id'])->where('owner', '<>', 0)
            ->limit(2)->get(['tblusers.email']);
        if (count($owners) !== 1) {
            throw new Refused(count($owners) ? 'This client has several owners.' : 'This client has no owner.');
        }
        return $owners[0]->email;
    }

    private function user(): ?int
    {
        $plain = Text::plain($this->asked['email']);
        $spellings = [$this->asked['email'], $plain, htmlspecialchars($plain, ENT_QUOTES, 'UTF-8')];
        $query = Capsule::table('tblusers')->whereIn('email', $spellings);
        if (!$this->tables->ignoreCaseOfUsers()) {
            $query->orWhereIn(Capsule::raw('LOWER(email)'), array_map('strtolower', $spellings));
        }
        $alike = $query->get(['id', 'email']);
        if (count($alike) > 1) {
            throw new Refused('Several users have that email address.');
        }
        foreach ($alike as $user) {
            if (!Text::isSameAddress($user->email, $plain)) {
                throw new Refused('A user already exists with that email address');
            }
            return (int) $user->id;
        }
        return null;
    }

    /** The permissions that a user holds on the client; null where there is no membership. */
    private function held(int $userId): ?array
    {
        $membership = Capsule::table('tblusers_clients')
            ->where('auth_user_id', $userId)->where('client_id', (int) $this->asked['client_id'])
            ->first(['id', 'permissions']);
        return $membership === null
            ? null
            : Permissions::held($membership->permissions, "membership {$membership->id}");
    }

    protected function perform(array $judged): array
    {
        $times = ['created_at' => Capsule::raw('NOW()'), 'updated_at' => Capsule::raw('NOW()')];
        $userId = $judged['user'] ?? Capsule::table('tblusers')->insertGetId([
            'first_name' => $this->asked['firstname'],
            'last_name' => $this->asked['lastname'],
            'email' => $this->asked['email'],
            'language' => $this->asked['language'],
            'password' => $this->hash ?: password_hash(bin2hex(random_bytes(32)), PASSWORD_BCRYPT),
        ] + $times);
        if ($judged['text'] !== null) {
            Capsule::table('tblusers_clients')->insert([
                'auth_user_id' => $userId,
                'client_id' => (int) $this->asked['client_id'],
                'invite_id' => 0,
                'owner' => 0,
                'permissions' => $judged['text'],
            ] + $times);
        }
        return [
            'user_id' => $userId,
            'user' => $judged['user'] === null ? 'made' : 'found',
            'membership' => $judged['text'] === null ? 'found' : 'made',
            'password' => $judged['user'] !== null ? 'kept' : ($this->hash ? 'carried' : 'unknown'),
        ];
    }

    protected function describe(array $reply): string
    {
        return "syncd attached {$this->asked['email']} (user {$reply['user_id']}, {$reply['user']}) to client"
            . " {$this->asked['client_id']} (membership {$reply['membership']}) with "
            . implode(',', $this->permissions) . "; password {$reply['password']}";
    }
}
