// Says what PromQL queries ask for, by Prometheus' own parser: of a JSON list of queries, for each the metrics with the
// labels that they are selected by, and the labels that it groups or joins by.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

type selector struct {
	Metric string   `json:"metric"`
	Labels []string `json:"labels"`
}

type query struct {
	Selectors []selector `json:"selectors"`
	Groups    []string   `json:"groups"`
}

func main() {
	var texts []string
	err := json.NewDecoder(os.Stdin).Decode(&texts)
	said := make([]query, len(texts))
	for i := 0; err == nil && i < len(texts); i++ {
		said[i], err = read(texts[i])
	}
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(said)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(text string) (query, error) {
	said := query{Selectors: []selector{}, Groups: []string{}}
	parsed, err := parser.NewParser(parser.Options{}).ParseExpr(text)
	if err != nil {
		return said, fmt.Errorf("%s: %w", text, err)
	}
	parser.Inspect(parsed, func(node parser.Node, _ []parser.Node) error {
		switch node := node.(type) {
		case *parser.VectorSelector:
			said.Selectors = append(said.Selectors, selected(node))
		case *parser.AggregateExpr:
			said.Groups = append(said.Groups, node.Grouping...)
		case *parser.BinaryExpr:
			if matching := node.VectorMatching; matching != nil {
				said.Groups = append(append(said.Groups, matching.MatchingLabels...), matching.Include...)
			}
		}
		return nil
	})
	return said, nil
}

func selected(node *parser.VectorSelector) selector {
	by := selector{Metric: node.Name, Labels: []string{}}
	for _, matcher := range node.LabelMatchers {
		if matcher.Name != labels.MetricName {
			by.Labels = append(by.Labels, matcher.Name)
		}
	}
	return by
}
