"""Operation ids, tags and summaries."""

import re

from . import templates

# Functions with a name that is unclear or not unique.
BY_HANDLER = {
    "mlflow.server.serve": "getUi",
    "mlflow.server.serve_static_file": "getStaticFile",
    "flask.app.<lambda>": "getBuildFile",
    "mlflow.server.health": "health",
    "mlflow.server.version": "version",
    "mlflow.server.server_info_api.health": "health",
    "mlflow.server.handlers.get_artifact_handler": "getRunArtifact",
    "mlflow.server.handlers.upload_artifact_handler": "uploadRunArtifact",
    "mlflow.server.handlers._invoke_issue_detection_handler": "invokeIssueDetection",
    "mlflow.server.handlers._cancel_job": "cancelUiJob",
    "mlflow.server.handlers._get_job": "getUiJob",
    "mlflow.server.handlers._list_supported_models": "listGatewaySupportedModels",
    "mlflow.server.handlers._list_supported_providers": "listGatewaySupportedProviders",
    "mlflow.server.handlers._get_provider_config": "getGatewayProviderConfig",
    "mlflow.server.handlers._get_secrets_config": "getGatewaySecretsConfig",
    "mlflow.server.artifact_router.download_artifact": "proxyDownloadArtifact",
    "mlflow.server.artifact_router.upload_artifact": "proxyUploadArtifact",
    "mlflow.server.otel_api.export_traces": "exportTraces",
    "mlflow.server.gateway_api.invocations": "gatewayInvocations",
    "mlflow.server.gateway_api.chat_completions": "gatewayChatCompletions",
    "mlflow.server.gateway_api.list_models": "gatewayListModels",
    "mlflow.server.gateway_api.raw_proxy": "gatewayRawProxy",
    "mlflow.server.mcp_server_api.get_version_by_alias": "getMcpServerVersionByAlias",
    "mlflow.server.mcp_server_api.search_all_access_endpoints": "searchMcpAccessEndpoints",
    "mlflow.server.mcp_server_api.search_server_access_endpoints": "searchMcpServerAccessEndpoints",
    "mlflow.server.assistant.api.get_config": "getAssistantConfig",
    "mlflow.server.assistant.api.update_config": "updateAssistantConfig",
    "mlflow.server.assistant.api.get_providers": "listAssistantProviders",
    "mlflow.server.assistant.api.list_provider_models": "listAssistantProviderModels",
    "mlflow.server.assistant.api.provider_health_check": "checkAssistantProviderHealth",
    "mlflow.server.assistant.api.send_message": "sendAssistantMessage",
    "mlflow.server.assistant.api.stream_response": "streamAssistantResponse",
    "mlflow.server.assistant.api.patch_session": "patchAssistantSession",
    "mlflow.server.assistant.api.resolve_permission": "resolveAssistantPermission",
    "mlflow.server.assistant.api.resolve_client_tool_result": "resolveAssistantToolResult",
    "mlflow.server.assistant.api.install_skills_endpoint": "installAssistantSkills",
}

# First match wins; patterns are tried on the path after its mount.
GROUPS = [
    (r"^/v1/traces", "otlp"),
    (r"^/gateway/", "gateway-invoke"),
    (r"^/graphql$", "graphql"),
    (r"^/(health|version)$|^/mlflow/(server-info|ui-telemetry)$", "server"),
    (r"^/$|^/(static-files|build)/", "ui"),
    (r"^/jobs\b|^/mlflow/jobs/", "jobs"),
    (r"^/(mlflow/)?get-artifact$|^/mlflow/upload-artifact$|^/mlflow/artifacts/", "artifacts"),
    (r"^/model-versions/get-artifact$|^/mlflow/model-versions/", "model-versions"),
    (r"^/mlflow/get-trace-artifact$", "traces"),
    (r"^/mlflow-artifacts/", "artifact-proxy"),
    (r"^/mlflow/traces/.*assessments", "assessments"),
    (r"^/mlflow/(traces|unified-traces|get-online-trace-details)", "traces"),
    (r"^/mlflow/(gateway|gateway-proxy)\b", "gateway-admin"),
    (r"^/mlflow/scorer(s)?/", "scorers"),
    (r"^/mlflow/genai/evaluate", "scorers"),
    (r"^/mlflow/(metrics|runs)/", "runs"),
]


def operation_id(service: str | None, rpc: str | None, handler: str) -> str:
    if rpc is not None:
        name = rpc[0].lower() + rpc[1:]
        # The artifact proxy repeats names of the tracking API (listArtifacts).
        return "proxy" + rpc[0].upper() + rpc[1:] if service == "MlflowArtifactsService" else name
    if handler in BY_HANDLER:
        return BY_HANDLER[handler]
    name = handler.rsplit(".", 1)[1].lstrip("_")
    name = name.removeprefix("serve_").removesuffix("_handler")
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


def group(path: str) -> str:
    tail = templates.tail(templates.plain(path))
    for pattern, name in GROUPS:
        if re.search(pattern, tail):
            return name
    return tail.removeprefix("/mlflow/").split("/")[0]


def summary(operation: str, title: str | None) -> str:
    if title:
        return title
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", operation)
    text = " ".join(words).lower() if words else operation
    return text[:1].upper() + text[1:]
