from __future__ import annotations

import os
import tempfile
import unittest
from pathlib import Path

from mlflow_gateway_auth.errors import GatewayAuthError
from mlflow_gateway_auth.sources.token_file import TokenFile
from mlflow_gateway_auth.token_supply import TokenSupply
from tests.support import jwt


class TokenFileTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.path = self.folder / "token"

    def test_white_space_around_the_token_is_ignored(self) -> None:
        self.path.write_text(f"\n{jwt()} \n")
        self.assertTrue(TokenFile(self.path).fetch(urgent=True, refused=None).value.startswith("ey"))

    def test_a_changed_file_is_read_for_the_next_request(self) -> None:
        supply = TokenSupply(TokenFile(self.path))
        for number in range(20):
            # As long as the one before, and within one tick of the file system's clock.
            self.path.write_text(token := jwt(n=10 + number, exp=4_000_000_000, iat=0))
            self.assertEqual(supply.token(), token)

    def test_a_swapped_link_is_a_change(self) -> None:
        """The kubelet swaps a symbolic link to a folder."""
        for name in ("one", "two"):
            (self.folder / name).mkdir()
            (self.folder / name / "token").write_text(name)
            os.utime(self.folder / name / "token", (1, 1))
        link = self.folder / "data"
        link.symlink_to("one")
        supply = TokenSupply(TokenFile(link / "token"))
        self.assertEqual(supply.token(), "one")
        (self.folder / "next").symlink_to("two")
        os.replace(self.folder / "next", link)
        self.assertEqual(supply.token(), "two")

    def test_an_old_file_that_does_not_change_is_read_once(self) -> None:
        self.path.write_text(jwt())
        os.utime(self.path, (1, 1))
        file = TokenFile(self.path)
        file.fetch(urgent=True, refused=None)
        self.assertFalse(file.has_changed())

    def test_a_damaged_or_missing_file_keeps_the_valid_token(self) -> None:
        self.path.write_text(first := jwt())
        supply = TokenSupply(TokenFile(self.path))
        supply.token()
        self.path.write_text("")
        with self.assertLogs("mlflow_gateway_auth", "WARNING"):
            self.assertEqual(supply.token(), first)
        self.path.unlink()
        self.assertEqual(supply.token(), first)
        self.path.write_text(second := jwt(n=2))
        supply._not_before = 0.0
        self.assertEqual(supply.token(), second)

    def test_an_expired_token_is_sent_and_replaced_when_the_file_changes(self) -> None:
        """Whether it has expired is for the gateway to say: its clock counts."""
        self.path.write_text(old := jwt(-5))
        supply = TokenSupply(TokenFile(self.path))
        self.assertEqual(supply.token(), old)
        self.path.write_text(new := jwt())
        self.assertEqual(supply.token(), new)

    def test_a_missing_or_large_file_is_an_error_with_its_path(self) -> None:
        with self.assertRaisesRegex(GatewayAuthError, str(self.path)):
            TokenFile(self.path).fetch(urgent=True, refused=None)
        self.path.write_bytes(b"x" * 70_000)
        with self.assertRaisesRegex(GatewayAuthError, "larger than"):
            TokenFile(self.path).fetch(urgent=True, refused=None)


if __name__ == "__main__":
    unittest.main()
