// Reads a SparkApplication as YAML from standard input and fails on what kubeflow's own types do not know.
package main

import (
	"fmt"
	"io"
	"os"

	"github.com/kubeflow/spark-operator/v2/api/v1beta2"
	"sigs.k8s.io/yaml"
)

func main() {
	text, err := io.ReadAll(os.Stdin)
	if err == nil {
		err = yaml.UnmarshalStrict(text, &v1beta2.SparkApplication{})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
