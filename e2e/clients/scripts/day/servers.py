"""The rest of the client: MCP servers, webhooks, workspaces, what the server says of itself."""

from mlflow import MlflowClient


def work(day):
    client = MlflowClient()
    ask, refused = day.ask, day.refused
    name = "io.example/search"
    tool = {"name": name, "description": "searches", "version": "1.0.0"}
    ask("mcp.create", client.create_mcp_server, name, description="searches")
    ask("mcp.create version", client.create_mcp_server_version, server_json=tool, status="active")
    ask("mcp.tag", client.set_mcp_server_tag, name, "team", "nlp")
    ask("mcp.tag version", client.set_mcp_server_version_tag, name, "1.0.0", "checked", "yes")
    ask("mcp.alias", client.set_mcp_server_alias, name, "live", "1.0.0")
    ask("mcp.get", client.get_mcp_server, name)
    ask("mcp.get version", client.get_mcp_server_version, name, "1.0.0")
    ask("mcp.by alias", client.get_mcp_server_version_by_alias, name, "live")
    ask("mcp.search", client.search_mcp_servers)
    ask("mcp.search tag", client.search_mcp_servers, filter_string="tags.team = 'nlp'")
    ask("mcp.search versions", client.search_mcp_server_versions, name)
    refused("mcp.search nonsense", client.search_mcp_servers, filter_string="colour = 'red'")
    refused("mcp.get missing", client.get_mcp_server, "io.example/none")
    refused("mcp.create again", client.create_mcp_server, name)
    ask("mcp.unalias", client.delete_mcp_server_alias, name, "live")
    ask("mcp.untag", client.delete_mcp_server_tag, name, "team")
    ask("mcp.deprecate version", client.update_mcp_server_version, name, "1.0.0", status="deprecated")
    ask("mcp.delete version", client.delete_mcp_server_version, name, "1.0.0")
    ask("mcp.delete", client.delete_mcp_server, name)
    refused("mcp.get deleted", client.get_mcp_server, name)
    day.attempt("webhooks.list", client.list_webhooks)
    day.attempt("workspaces.list", client.list_workspaces)
    day.attempt("workspaces.get", client.get_workspace, "team-day")
    day.attempt("workspaces.get another", client.get_workspace, "neighbour")
    day.attempt("workspaces.create", client.create_workspace, "mine-too")
    day.attempt("default.start a run", lambda: client.create_run("0").info.lifecycle_stage)
