// Says how GitOps tools judge objects, by their own engines: kstatus (Flux, `helm --wait`), a health script in the Lua of
// Argo CD, health expressions in the CEL of Flux. Takes scripts and objects as JSON on standard input.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/fluxcd/pkg/apis/kustomize"
	"github.com/fluxcd/pkg/runtime/cel"
	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

type request struct {
	Lua     string                      `json:"lua"`
	Cel     kustomize.CustomHealthCheck `json:"cel"`
	Objects []json.RawMessage           `json:"objects"`
}

type verdict struct {
	Kstatus string `json:"kstatus"`
	Argo    string `json:"argo"`
	Message string `json:"message"`
	Flux    string `json:"flux"`
}

func main() {
	verdicts, err := answer()
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(verdicts)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func answer() ([]verdict, error) {
	var asked request
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		return nil, err
	}
	evaluator, err := cel.NewStatusEvaluator(&asked.Cel.HealthCheckExpressions)
	if err != nil {
		return nil, err
	}
	verdicts := make([]verdict, len(asked.Objects))
	for i, text := range asked.Objects {
		object := &unstructured.Unstructured{}
		err = object.UnmarshalJSON(text)
		if err == nil {
			verdicts[i], err = judge(object, asked, evaluator)
		}
		if err != nil {
			return nil, err
		}
	}
	return verdicts, nil
}

func judge(object *unstructured.Unstructured, asked request, evaluator *cel.StatusEvaluator) (verdict, error) {
	byKstatus, err := status.Compute(object)
	if err != nil {
		return verdict{}, err
	}
	said := verdict{Kstatus: byKstatus.Status.String(), Flux: byKstatus.Status.String()}
	// Flux judges by kstatus whatever has no expression of its own.
	if object.GetAPIVersion() == asked.Cel.APIVersion && object.GetKind() == asked.Cel.Kind {
		byFlux, err := evaluator.Evaluate(context.Background(), object)
		if err != nil {
			return said, err
		}
		said.Flux = byFlux.Status.String()
	}
	said.Argo, said.Message, err = byLua(asked.Lua, object.Object)
	return said, err
}

// As Argo CD runs the health script of a user: few libraries, one second, the object as `obj`, a table as answer.
func byLua(script string, object map[string]any) (string, string, error) {
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	for _, library := range []lua.LGFunction{lua.OpenBase, lua.OpenTable} {
		if err := state.CallByParam(lua.P{Fn: state.NewFunction(library), Protect: true}); err != nil {
			return "", "", err
		}
	}
	limit, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	state.SetContext(limit)
	state.SetGlobal("obj", inLua(state, object))
	if err := state.DoString(script); err != nil {
		return "", "", err
	}
	table, ok := state.Get(-1).(*lua.LTable)
	if !ok {
		return "", "", errors.New("the script answers no table")
	}
	return lua.LVAsString(table.RawGetString("status")), lua.LVAsString(table.RawGetString("message")), nil
}

func inLua(state *lua.LState, value any) lua.LValue {
	switch value := value.(type) {
	case bool:
		return lua.LBool(value)
	case float64:
		return lua.LNumber(value)
	case int64:
		return lua.LNumber(value)
	case string:
		return lua.LString(value)
	case []any:
		list := state.NewTable()
		for _, item := range value {
			list.Append(inLua(state, item))
		}
		return list
	case map[string]any:
		table := state.NewTable()
		for key, item := range value {
			table.RawSetString(key, inLua(state, item))
		}
		return table
	default:
		return lua.LNil
	}
}
