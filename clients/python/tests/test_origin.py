from __future__ import annotations

import unittest

from mlflow_gateway_auth.origin import Origin, origin_of


class OriginTest(unittest.TestCase):
    def test_default_ports_and_letter_case_make_no_difference(self) -> None:
        self.assertEqual(origin_of("HTTPS://MLflow.Example.com:443/a?b"), origin_of("https://mlflow.example.com"))

    def test_user_and_password_make_no_difference(self) -> None:
        self.assertEqual(origin_of("https://mlflow.example.com@evil.example"), Origin("https", "evil.example", 443))

    def test_scheme_host_and_port_make_one(self) -> None:
        urls = ["https://a", "http://a", "https://b", "https://a:8443", "https://a.b"]
        self.assertEqual(len({origin_of(url) for url in urls}), len(urls))

    def test_other_schemes_have_none(self) -> None:
        for url in ("file:///tmp/mlruns", "databricks", "sqlite:///x", "", None, "https://", "http://[::1"):
            self.assertIsNone(origin_of(url))

    def test_loopback_is_private_without_tls(self) -> None:
        private = ["http://127.0.0.1:1", "http://localhost", "http://[::1]:5", "https://mlflow.example.com"]
        public = ["http://10.0.0.1", "http://localhost.example.com", "http://127.0.0.1.example.com", "http://mlflow.mlflow.svc"]
        for url in private + public:
            origin = origin_of(url)
            assert origin is not None
            self.assertEqual(origin.is_private, url in private, url)


if __name__ == "__main__":
    unittest.main()
