{{/* Options with which MLflow's server does not start, or does not respond as the gateway expects (mlflow/cli/__init__.py, `_validate_server_args`). */}}
{{- define "mlflow-gateway.guard.options" -}}
- name: serverOptions
  expression: >-
    ['--gunicorn-opts', '--waitress-opts', '--uvicorn-opts'].filter(o, variables.line.matches('(^| )' + o + '([ =]|$)')) +
    (!variables.line.contains('--uvicorn-opts') && variables.uvicornOptions.exists(v, v != '') ? ['MLFLOW_UVICORN_OPTS'] : [])
- name: uvicornOnly
  expression: >-
    variables.line.matches('(^| )--(gunicorn|waitress)-opts([ =]|$)')
    ? variables.line.findAll('(^| )--(allowed-hosts|cors-allowed-origins|disable-security-middleware)([ =]|$)').map(w, w.find('--[a-z-]+')) : []
# Several options in quotes are one word to the server (shlex). A word with blanks is not a quote, but a command for a shell.
- name: joinedOptions
  expression: >-
    ((has(variables.mlflow.command) ? variables.mlflow.command : []) + (has(variables.mlflow.args) ? variables.mlflow.args : []))
    .filter(w, w.matches("^--(uvicorn|gunicorn|waitress)-opts=(['][^']* --?[a-zA-Z][^']*[']|[\"][^\"]* --?[a-zA-Z][^\"]*[\"])$"))
- name: optionsProblems
  expression: >-
    !variables.known ? [] :
    (variables.explicit && size(variables.serverOptions) > 1 ? [
      "MLflow is given " + variables.serverOptions.join(' and ') + ", and starts with one of them only. Keep one (community-charts/mlflow: extraArgs, and log.enabled=false, which else gives --uvicorn-opts; MLflow's chart: server.value_options)."
    ] : []) +
    (variables.explicit && size(variables.joinedOptions) > 0 ? [
      "MLflow's options for its server are in quotes of their own, so that the server reads " + variables.joinedOptions[0] + " as one option and does not start. Remove the quotes (community-charts/mlflow writes them around extraArgs.uvicornOpts and extraArgs.gunicornOpts unless log.enabled is false)."
    ] : []) +
    (variables.explicit && size(variables.uvicornOnly) > 0 ? [
      "MLflow does not start with " + variables.uvicornOnly.join(', ') + " and options for gunicorn or waitress together. Remove the former, or give them as variables (MLFLOW_SERVER_ALLOWED_HOSTS, MLFLOW_SERVER_CORS_ALLOWED_ORIGINS)."
    ] : []) +
    (variables.explicit && variables.line.matches('(^| )--dev( |$)') && (size(variables.serverOptions) > 0 || variables.line.matches('(^| )--app-name[ =]')) ? [
      "MLflow does not start with --dev and options for its web server, or --app-name, together. Remove --dev."
    ] : []) +
    (variables.line.matches('(^| )--artifacts-only( |$)') || {{ include "mlflow-gateway.celValues" (dict "env" "variables.env" "name" "MLFLOW_ARTIFACTS_ONLY") }}.exists(v, v != '') ? [
      "MLflow serves artifacts only (--artifacts-only, MLFLOW_ARTIFACTS_ONLY), so that every other call would fail, and no tenant could be found. Remove it (extraFlags of community-charts/mlflow, server.flag_options of MLflow's chart)."
    ] : []) +
    (variables.options.matches('(^|[ =])--root-path([ =]|$)') || variables.env.exists(e, e.name == 'UVICORN_ROOT_PATH') ? [
      "MLflow's server is given --root-path, which moves its paths from where MLflow's own checks expect them. Use --static-prefix instead (extraArgs.staticPrefix of community-charts/mlflow, server.staticPrefix of MLflow's chart)."
    ] : []) +
    (variables.line.matches('(^|[ /])env (-i|-|--ignore-environment)( |$)') ? [
      "MLflow's command line removes all variables (env -i), including those that keep it off the network. Remove that."
    ] : []) +
    (variables.prefix != '' && variables.tag.matches('^([012]|3[.]([0-9]|1[0-5]))([.-]|$)') ? [
      "MLflow " + variables.tag + " (the image's tag) is given --static-prefix, which the gateway supports from MLflow 3.16 on. Use a newer one (image.tag of both charts), or remove the prefix and set config.GW_PATH_PREFIX of the gateway's chart instead."
    ] : [])
{{- end -}}
