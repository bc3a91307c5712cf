import sys

from syncd.sandbox.server import main

if __name__ == "__main__":
    sys.exit(main())
