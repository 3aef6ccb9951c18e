// Prints what Go makes of the templates of ../go-templates.json: text/template with the functions of sprig, as External Secrets has them.
// go run . < ../go-templates.json > ../go-outputs.json
package main

import (
	"bytes"
	"encoding/json"
	"os"
	"text/template"

	"github.com/Masterminds/sprig/v3"
)

type input struct {
	Values    map[string]string `json:"values"`
	Templates []string          `json:"templates"`
}

func main() {
	var in input
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		panic(err)
	}
	functions := sprig.TxtFuncMap()
	functions["toString"] = func(v any) any { return v }
	outputs := []string{}
	for _, text := range in.Templates {
		var out bytes.Buffer
		parsed, err := template.New("t").Funcs(functions).Parse(text)
		if err == nil {
			err = parsed.Execute(&out, in.Values)
		}
		if err != nil {
			panic(text + ": " + err.Error())
		}
		outputs = append(outputs, out.String())
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(outputs); err != nil {
		panic(err)
	}
}
