"""`python -m vireward`: the same as the command `vireward`."""

from vireward.cli import app

if __name__ == "__main__":
    app(prog_name="vireward")
