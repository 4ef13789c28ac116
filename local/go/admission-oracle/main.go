// Oracle for the admission policy of synced objects: evaluates its expressions as an API server does.
//
// Reads one JSON array of {"policy": ValidatingAdmissionPolicy, "requests": [...]} from stdin, and writes one JSON array
// with a list for each: the messages by which the policy refuses each request, as its author would read them. What does
// not compile as in a new policy of Kubernetes 1.30 (1.31 for addresses, see below) ends it.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strings"

	admissionv1 "k8s.io/api/admission/v1"
	v1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/version"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/admission/plugin/cel"
	"k8s.io/apiserver/pkg/admission/plugin/policy/validating"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/cel/environment"
)

type request struct {
	Group       string         `json:"group"`
	Resource    string         `json:"resource"`
	SubResource string         `json:"subResource"`
	Operation   string         `json:"operation"`
	Object      map[string]any `json:"object"`
	OldObject   map[string]any `json:"oldObject"`
	Params      map[string]any `json:"params"`
}

type question struct {
	Policy   v1.ValidatingAdmissionPolicy `json:"policy"`
	Requests []request                    `json:"requests"`
}

// A server takes into a new policy what the version before its own knows as well. Functions of addresses are of 1.30.
var oldest, withAddresses = version.MajorMinor(1, 29), version.MajorMinor(1, 30)

type evaluator struct {
	spec                v1.ValidatingAdmissionPolicySpec
	conditions, details cel.ConditionEvaluator
}

func compile(spec v1.ValidatingAdmissionPolicySpec) (*evaluator, error) {
	known := oldest
	for _, one := range spec.Validations {
		if strings.Contains(one.Expression, "cidr(") {
			known = withAddresses
		}
	}
	compiler, err := cel.NewCompositedCompiler(environment.MustBaseEnvSet(known, true))
	if err != nil {
		return nil, err
	}
	options := cel.OptionalVariableDeclarations{HasParams: spec.ParamKind != nil, HasAuthorizer: true, StrictCost: true}
	for _, one := range spec.Variables {
		variable := &validating.Variable{Name: one.Name, Expression: one.Expression}
		if result := compiler.CompileAndStoreVariable(variable, options, environment.NewExpressions); result.Error != nil {
			return nil, fmt.Errorf("variable %s: %v", one.Name, result.Error)
		}
	}
	conditions := make([]cel.ExpressionAccessor, len(spec.Validations))
	details := make([]cel.ExpressionAccessor, len(spec.Validations))
	for i, one := range spec.Validations {
		conditions[i] = &validating.ValidationCondition{Expression: one.Expression, Message: one.Message}
		if one.MessageExpression != "" {
			details[i] = &validating.MessageExpressionCondition{MessageExpression: one.MessageExpression}
		}
		for _, accessor := range []cel.ExpressionAccessor{conditions[i], details[i]} {
			if accessor == nil {
				continue
			}
			if result := compiler.CompileCELExpression(accessor, options, environment.NewExpressions); result.Error != nil {
				return nil, fmt.Errorf("%s: %v", one.Message, result.Error)
			}
		}
	}
	return &evaluator{
		spec:       spec,
		conditions: compiler.CompileCondition(conditions, options, environment.NewExpressions),
		details:    compiler.CompileCondition(details, options, environment.NewExpressions),
	}, nil
}

// Messages of all validations that are false or fail.
func (e *evaluator) refusals(r request) ([]string, error) {
	kind := schema.GroupVersionKind{Group: r.Group, Version: "v1", Kind: "Any"}
	resource := schema.GroupVersionResource{Group: r.Group, Version: "v1", Resource: r.Resource}
	object := &unstructured.Unstructured{Object: r.Object}
	versioned := &admission.VersionedAttributes{VersionedObject: object, VersionedKind: kind}
	if r.OldObject != nil {
		versioned.VersionedOldObject = &unstructured.Unstructured{Object: r.OldObject}
	}
	versioned.Attributes = admission.NewAttributesRecord(
		object, versioned.VersionedOldObject, kind, "a", "b", resource, r.SubResource, admission.Operation(r.Operation), nil, false, nil,
	)
	asked := &admissionv1.AdmissionRequest{
		Operation:   admissionv1.Operation(r.Operation),
		Resource:    metav1.GroupVersionResource(resource),
		SubResource: r.SubResource,
	}
	bindings := cel.OptionalVariableBindings{}
	if r.Params != nil {
		bindings.VersionedParams = &unstructured.Unstructured{Object: r.Params}
	}
	// Messages get what the rules leave of it, and all of them are evaluated, those of rules that pass as well.
	budget := int64(celconfig.RuntimeCELCostBudget)
	evaluate := func(evaluator cel.ConditionEvaluator) (results []cel.EvaluationResult, err error) {
		results, budget, err = evaluator.ForInput(
			context.Background(), versioned, asked, bindings, &corev1.Namespace{}, budget,
		)
		return results, err
	}
	conditions, err := evaluate(e.conditions)
	if err != nil {
		return nil, err
	}
	details, err := evaluate(e.details)
	if err != nil {
		return nil, err
	}
	messages := []string{}
	for i, one := range e.spec.Validations {
		if conditions[i].Error == nil && conditions[i].EvalResult.Value() == true {
			continue
		}
		message := one.Message
		if one.MessageExpression != "" && details[i].Error == nil {
			detailed := fmt.Sprint(details[i].EvalResult.Value())
			if len(detailed) <= celconfig.MaxEvaluatedMessageExpressionSizeBytes && !strings.Contains(detailed, "\n") {
				message = detailed
			}
		}
		messages = append(messages, message)
	}
	return messages, nil
}

func main() {
	var questions []question
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		log.Fatalf("stdin is no list of questions: %v", err)
	}
	answers := make([][][]string, len(questions))
	for i, q := range questions {
		policy, err := compile(q.Policy.Spec)
		if err != nil {
			log.Fatal(err)
		}
		for _, r := range q.Requests {
			messages, err := policy.refusals(r)
			if err != nil {
				log.Fatal(err)
			}
			answers[i] = append(answers[i], messages)
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		log.Fatal(err)
	}
}
