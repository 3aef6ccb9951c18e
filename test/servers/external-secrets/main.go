// Renders templates by External Secrets' own engine: a list of {template, values} in JSON on standard input; on standard
// output a list of {output} or {error}. Values and outputs are base64.
package main

import (
	"encoding/json"
	"os"

	esapi "github.com/external-secrets/external-secrets/apis/externalsecrets/v1"
	"github.com/external-secrets/external-secrets/pkg/template/v2"
	corev1 "k8s.io/api/core/v1"
)

type input struct {
	Template string            `json:"template"`
	Values   map[string][]byte `json:"values"`
}

type result struct {
	Output []byte `json:"output,omitempty"`
	Error  string `json:"error,omitempty"`
}

func render(in input) result {
	secret := &corev1.Secret{}
	templates := map[string][]byte{"t": []byte(in.Template)}
	err := template.Execute(templates, in.Values, esapi.TemplateScopeValues, esapi.TemplateTargetData, secret)
	if err != nil {
		return result{Error: err.Error()}
	}
	return result{Output: secret.Data["t"]}
}

func main() {
	var inputs []input
	if err := json.NewDecoder(os.Stdin).Decode(&inputs); err != nil {
		panic(err)
	}
	results := []result{}
	for _, in := range inputs {
		results = append(results, render(in))
	}
	if err := json.NewEncoder(os.Stdout).Encode(results); err != nil {
		panic(err)
	}
}
