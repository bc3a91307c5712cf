<?php

declare(strict_types=1);

namespace Syncd\Companion;

use WHMCS\Database\Capsule;

defined('WHMCS') || exit('This file cannot be accessed directly');

/** A write under a key. What was done is kept with it: the same key is the same effect, once. */
abstract class Effect
{
    public const TABLE = 'mod_syncd_effects';
    public const COLUMNS = ['effect_key', 'action', 'parameters', 'reply', 'created_at'];

    private const CREATE = <<<'SQL'
CREATE TABLE IF NOT EXISTS mod_syncd_effects (
    effect_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    action VARCHAR(32) NOT NULL,
    parameters CHAR(64) NOT NULL,
    reply TEXT NOT NULL,
    created_at DATETIME NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
SQL;

    /** Passes by itself: somebody else wrote the same row a moment ago, or a deadlock. */
    private const PASSING = [1062, 1213];

    /** What must be there, see Tables; the parameters that make up the effect. */
    protected const POSSIBILITY = '';
    protected const PARAMETERS = [];

    /** @var array<string, string> the parameters that make up the effect */
    protected $asked = [];

    /** @var Tables */
    protected $tables;

    /** Judges the parameters by themselves. */
    abstract protected function check(array $parameters): void;

    /** Reads what is there; refuses, or gives what `perform` needs to know of it. */
    abstract protected function judge(): array;

    /** Writes; gives the fields of the reply. */
    abstract protected function perform(array $judged): array;

    /** The line of the activity log. */
    abstract protected function describe(array $reply): string;

    final public static function answer(array $parameters): array
    {
        $effect = new static();
        $effect->tables = Tables::read();
        $effect->tables->demand(static::POSSIBILITY);
        $key = Text::of($parameters, 'key');
        if (!preg_match('/^[A-Za-z0-9_.:-]{16,64}$/D', $key)) {
            throw new Refused('key must be 16 to 64 letters, digits or any of - _ . :');
        }
        foreach (static::PARAMETERS as $name) {
            $effect->asked[$name] = Text::of($parameters, $name);
        }
        $effect->check($parameters);
        if (!$effect->tables->haveEffects()) {
            $effect->judge(); // No table for a call that is refused.
            Capsule::connection()->statement(self::CREATE);
        }
        return $effect->once($key);
    }

    private function once(string $key): array
    {
        for ($try = 1; true; $try++) {
            try {
                $reply = Capsule::connection()->transaction(function () use ($key): array {
                    return $this->performOrRepeat($key);
                });
                break;
            } catch (\PDOException $error) {
                if ($try === 5 || !in_array($error->errorInfo[1] ?? 0, self::PASSING, true)) {
                    throw $error;
                }
            }
        }
        if (!$reply['repeated']) {
            $this->log("{$this->describe($reply)}; key $key");
        }
        return $reply;
    }

    private function performOrRepeat(string $key): array
    {
        $action = (new \ReflectionClass($this))->getShortName();
        $parameters = $this->asked;
        ksort($parameters);
        $mark = hash('sha256', http_build_query($parameters));
        // Waits for whoever is at work under this key.
        $isNew = Capsule::connection()->affectingStatement(
            'INSERT IGNORE INTO mod_syncd_effects (effect_key, action, parameters, reply, created_at)'
            . " VALUES (?, ?, ?, '', NOW())",
            [$key, "Syncd$action", $mark]
        );
        $effect = Capsule::table(self::TABLE)->where('effect_key', $key);
        if ($isNew) {
            $reply = $this->perform($this->judge());
            $effect->update(['reply' => json_encode($reply)]);
            return $reply + ['repeated' => false];
        }
        $kept = $effect->first();
        if ($kept->action !== "Syncd$action" || $kept->parameters !== $mark) {
            throw new Refused('This key was used before for something else.');
        }
        return json_decode($kept->reply, true) + ['repeated' => true];
    }

    private function log(string $line): void
    {
        try {
            logActivity($line, (int) $this->asked['client_id']);
        } catch (\Throwable $error) {
            // What was done stands: a hook of somebody else that minds the line must not make it look undone.
        }
    }
}
