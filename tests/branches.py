"""What `syncd explain` said, taken apart."""


def under(text: str, key: str) -> str:
    """Give what is said under one key."""
    lines = text.splitlines()
    start = next(n for n, line in enumerate(lines) if line.endswith(f"─ {key}"))
    depth = lines[start].index("─")
    rest = lines[start + 1 :]
    ends = (n for n, line in enumerate(rest) if len(line) > depth and line[depth] == "─")
    return "\n".join(rest[: next(ends, len(rest))])
