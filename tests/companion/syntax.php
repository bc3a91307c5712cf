<?php

/*
 * Names what a PHP 7.2 would not understand in the files that it is given: one a line, nothing if all is well.
 * It parses with Debian's php-parser, which knows the syntax of 8.2.
 */

declare(strict_types=1);

require_once 'PhpParser/autoload.php';

use PhpParser\Node;
use PhpParser\NodeTraverser;
use PhpParser\NodeVisitorAbstract;

final class Newer extends NodeVisitorAbstract
{
    private const NODES = [
        Node\Attribute::class, Node\Expr\ArrowFunction::class, Node\Expr\AssignOp\Coalesce::class,
        Node\Expr\Match_::class, Node\Expr\NullsafeMethodCall::class, Node\Expr\NullsafePropertyFetch::class,
        Node\Expr\Throw_::class, Node\IntersectionType::class, Node\Stmt\Enum_::class, Node\UnionType::class,
        Node\VariadicPlaceholder::class,
    ];
    private const TYPES = ['mixed', 'never', 'static', 'false', 'null', 'true'];
    private const FUNCTIONS = [
        'array_is_list', 'array_key_first', 'array_key_last', 'fdiv', 'get_debug_type', 'get_mangled_object_vars',
        'hrtime', 'is_countable', 'json_validate', 'mb_str_pad', 'mb_str_split', 'password_algos',
        'preg_last_error_msg', 'str_contains', 'str_ends_with', 'str_starts_with',
    ];
    private const NAMES = ['json_throw_on_error', 'jsonexception', 'stringable', 'valueerror', 'weakmap', 'weakreference'];

    /** @var string[] */
    public $met = [];

    public function enterNode(Node $node): void
    {
        if ($this->isNewer($node)) {
            $this->met[] = "{$node->getStartLine()}: {$node->getType()}";
        }
    }

    private function isNewer(Node $node): bool
    {
        foreach (self::NODES as $class) {
            if ($node instanceof $class) {
                return true;
            }
        }
        if ($node instanceof Node\Name || $node instanceof Node\Identifier) {
            $name = strtolower($node->toString());
            return in_array($name, array_merge(self::FUNCTIONS, self::NAMES), true);
        }
        return $this->isNewerPart($node) || $this->isNewerType($node);
    }

    private function isNewerPart(Node $node): bool
    {
        return ($node instanceof Node\Stmt\Property && $node->type !== null)
            || ($node instanceof Node\Stmt\Class_ && $node->isReadonly())
            || ($node instanceof Node\Stmt\ClassConst && $node->isFinal())
            || ($node instanceof Node\Stmt\Catch_ && $node->var === null)
            || ($node instanceof Node\Param && $node->flags !== 0)
            || ($node instanceof Node\Arg && $node->name !== null)
            || ($node instanceof Node\Expr\ArrayItem && $node->unpack)
            || ($node instanceof Node\Expr\ClassConstFetch && $node->class instanceof Node\Expr)
            || ($node instanceof Node\Scalar && (string) $node->getAttribute('docIndentation') !== '')
            || ($node instanceof Node\Scalar\LNumber && strpos($node->getAttribute('rawValue'), '_') !== false);
    }

    private function isNewerType(Node $node): bool
    {
        $type = $node instanceof Node\FunctionLike ? $node->getReturnType() : $node->type ?? null;
        $type = $type instanceof Node\NullableType ? $type->type : $type;
        return ($type instanceof Node\Identifier || $type instanceof Node\Name)
            && in_array(strtolower($type->toString()), self::TYPES, true);
    }
}

foreach (array_slice($argv, 1) as $file) {
    $code = file_get_contents($file);
    $visitor = new Newer();
    $traverser = new NodeTraverser();
    $traverser->addVisitor($visitor);
    $traverser->traverse((new PhpParser\ParserFactory())->create(PhpParser\ParserFactory::ONLY_PHP7)->parse($code));
    // A comma may end a list of 7.2 in brackets, not in parentheses.
    if (preg_match('/,\s*\)/', $code)) {
        $visitor->met[] = ' a comma before a parenthesis';
    }
    foreach ($visitor->met as $met) {
        echo "$file:$met\n";
    }
}
