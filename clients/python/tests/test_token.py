from __future__ import annotations

import time
import unittest

from mlflow_gateway_auth.errors import GatewayAuthError
from mlflow_gateway_auth.token import Token, make_token
from tests.support import jwt


class TokenTest(unittest.TestCase):
    def test_expires_in_comes_before_exp(self) -> None:
        token = make_token(jwt(3600), "x", 60)
        assert token.expires_at is not None
        self.assertAlmostEqual(token.expires_at, time.time() + 60, delta=5)

    def test_exp_is_read_from_a_jwt(self) -> None:
        token = make_token(jwt(600), "x")
        assert token.expires_at is not None
        self.assertAlmostEqual(token.expires_at, time.time() + 600, delta=5)

    def test_an_opaque_token_has_no_expiry(self) -> None:
        for value in ("opaque", "a.b.c", "a.bm90anNvbg.c", jwt(exp="soon"), jwt(exp=True), jwt(exp=-1)):
            token = make_token(value, "x")
            self.assertIsNone(token.expires_at)
            self.assertTrue(token.is_valid(time.time()) and not token.is_due(time.time()))

    def test_a_token_is_due_a_minute_or_a_quarter_of_its_life_before_its_end(self) -> None:
        hour, short = Token("x", 3600.0, 0.0), Token("x", 10.0, 0.0)
        self.assertEqual([hour.is_due(at) for at in (3539, 3541)], [False, True])
        self.assertEqual([short.is_due(at) for at in (7.4, 7.6)], [False, True])

    def test_a_value_that_is_no_bearer_token_is_refused_without_being_shown(self) -> None:
        for wrong in (None, "", 5, "two words", "line\nbreak", "tökén", "x" * 20_000):
            with self.assertRaises(GatewayAuthError) as raised:
                make_token(wrong, "the file")
            if isinstance(wrong, str) and wrong:
                self.assertNotIn(wrong, str(raised.exception))

    def test_the_value_is_not_in_the_representation(self) -> None:
        self.assertNotIn("hush", repr(make_token("hush", "x")))


if __name__ == "__main__":
    unittest.main()
