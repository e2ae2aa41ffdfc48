module day

go 1.24

require github.com/opendatahub-io/mlflow-go v0.0.0-20260630134141-11dabde643c7

require google.golang.org/protobuf v1.36.11 // indirect
