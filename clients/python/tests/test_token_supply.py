from __future__ import annotations

import os
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from typing import Callable

from mlflow_gateway_auth.errors import GatewayAuthError, TransientError
from mlflow_gateway_auth.token import Token
from mlflow_gateway_auth.token_supply import TokenSupply


class Source:
    """Gives tokens that a test has laid ready."""

    def __init__(self, *steps: Callable[[], Token]) -> None:
        self._steps = list(steps)
        self.asked: list[tuple[bool, str | None]] = []

    def fetch(self, *, urgent: bool, refused: str | None) -> Token:
        self.asked.append((urgent, refused))
        return self._steps.pop(0)()

    def has_changed(self) -> bool:
        return False


def gives(value: str, seconds: float | None = 3600, age: float = 0) -> Callable[[], Token]:
    now = time.time()
    return lambda: Token(value, None if seconds is None else now + seconds, now - age)


def fails(error: Exception) -> Callable[[], Token]:
    def raise_it() -> Token:
        raise error

    return raise_it


DUE = {"seconds": 20.0, "age": 3600.0}


class TokenSupplyTest(unittest.TestCase):
    def test_a_token_that_is_not_due_is_used_again(self) -> None:
        source = Source(gives("a"))
        supply = TokenSupply(source)
        self.assertEqual([supply.token(), supply.token()], ["a", "a"])
        self.assertEqual(source.asked, [(True, None)])

    def test_a_token_that_is_due_is_renewed_before_it_expires(self) -> None:
        source = Source(gives("a", **DUE), gives("b"))
        supply = TokenSupply(source)
        supply._not_before = 0.0
        self.assertEqual(supply.token(), "a")
        supply._not_before = 0.0
        self.assertEqual(supply.token(), "b")
        self.assertEqual(source.asked, [(True, None), (False, None)])

    def test_a_failed_renewal_keeps_the_valid_token(self) -> None:
        source = Source(gives("a", **DUE), fails(GatewayAuthError("down")), gives("b"))
        supply = TokenSupply(source)
        supply.token()
        supply._not_before = 0.0
        with self.assertLogs("mlflow_gateway_auth", "WARNING") as logged:
            self.assertEqual(supply.token(), "a")
        self.assertIn("down", logged.output[0])
        # Not for each request.
        self.assertEqual(supply.token(), "a")
        self.assertEqual(len(source.asked), 2)
        supply._not_before = 0.0
        self.assertEqual(supply.token(), "b")

    def test_an_expired_token_is_not_kept(self) -> None:
        supply = TokenSupply(Source(gives("a", -1), fails(GatewayAuthError("down"))))
        supply.token()
        supply._not_before = 0.0
        with self.assertRaisesRegex(GatewayAuthError, "down"):
            supply.token()

    def test_a_brief_outage_is_waited_out_where_no_token_is_valid(self) -> None:
        slept: list[float] = []
        source = Source(fails(TransientError("503")), fails(TransientError("503")), gives("a"))
        self.assertEqual(TokenSupply(source, slept.append).token(), "a")
        self.assertEqual(slept, [0.5, 1.0])

    def test_the_wait_for_an_outage_has_an_end(self) -> None:
        slept: list[float] = []
        source = Source(*[fails(TransientError("503"))] * 4)
        with self.assertRaises(TransientError):
            TokenSupply(source, slept.append).token()
        self.assertEqual(len(source.asked), 4)

    def test_threads_wait_for_one_renewal(self) -> None:
        begun, go = threading.Event(), threading.Event()

        def slow() -> Token:
            begun.set()
            go.wait(30)
            return gives("a")()

        source = Source(slow)
        supply = TokenSupply(source)
        with ThreadPoolExecutor(16) as pool:
            waiting = [pool.submit(supply.token) for _ in range(16)]
            begun.wait(30)
            go.set()
            self.assertEqual({one.result(30) for one in waiting}, {"a"})
        self.assertEqual(len(source.asked), 1)

    def test_threads_share_a_failure(self) -> None:
        begun, go = threading.Event(), threading.Event()

        def slow() -> Token:
            begun.set()
            go.wait(30)
            raise GatewayAuthError("refused")

        source = Source(slow)
        supply = TokenSupply(source)
        with ThreadPoolExecutor(8) as pool:
            waiting = [pool.submit(supply.token) for _ in range(8)]
            begun.wait(30)
            go.set()
            self.assertEqual({str(one.exception(30)) for one in waiting}, {"refused"})
        self.assertEqual(len(source.asked), 1)

    def test_other_threads_go_on_with_a_valid_token_during_a_renewal(self) -> None:
        begun, go = threading.Event(), threading.Event()

        def slow() -> Token:
            begun.set()
            go.wait(30)
            return gives("b")()

        supply = TokenSupply(Source(gives("a", **DUE), slow))
        supply.token()
        supply._not_before = 0.0
        with ThreadPoolExecutor(1) as pool:
            renewing = pool.submit(supply.token)
            begun.wait(30)
            self.assertEqual(supply.token(), "a")
            go.set()
            self.assertEqual(renewing.result(30), "b")
        self.assertEqual(supply.token(), "b")

    def test_a_refused_token_is_replaced_once_for_all_threads(self) -> None:
        source = Source(gives("a"), gives("b"))
        supply = TokenSupply(source)
        supply.token()
        self.assertEqual([supply.replace("a"), supply.replace("a")], ["b", "b"])
        self.assertEqual(source.asked, [(True, None), (True, "a")])

    def test_there_is_no_other_token_if_the_source_gives_the_same(self) -> None:
        supply = TokenSupply(Source(gives("a"), gives("a")))
        supply.token()
        self.assertIsNone(supply.replace("a"))

    def test_a_refusal_of_the_new_token_ends_renewals_for_a_while(self) -> None:
        source = Source(gives("a"), gives("b"))
        supply = TokenSupply(source)
        supply.token()
        supply.replace("a")
        supply.refused_again()
        self.assertIsNone(supply.replace("b"))
        self.assertEqual(len(source.asked), 2)

    def test_a_failed_replacement_is_logged_and_not_repeated_at_once(self) -> None:
        source = Source(gives("a"), fails(GatewayAuthError("down")))
        supply = TokenSupply(source)
        supply.token()
        with self.assertLogs("mlflow_gateway_auth", "WARNING"):
            self.assertIsNone(supply.replace("a"))
        self.assertIsNone(supply.replace("a"))
        self.assertEqual(len(source.asked), 2)

    @unittest.skipUnless(hasattr(os, "fork"), "the system has no fork")
    def test_a_child_process_does_not_inherit_a_held_lock(self) -> None:
        supply = TokenSupply(Source(gives("a")))
        with supply._lock:
            child = os.fork()
            if child == 0:
                os._exit(0 if supply.token() == "a" else 1)
            _, status = os.waitpid(child, 0)
        self.assertEqual(status, 0)


if __name__ == "__main__":
    unittest.main()
