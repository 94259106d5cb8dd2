// Writes src/kinds/proto/messages.rs: the protobuf field numbers of the API types, with the names their fields have
// in JSON, as the Go types' own tags tell both.
//
//	cd tests/protobuf && go run . > ../../src/kinds/proto/messages.rs
package main

import (
	"fmt"
	"os"
	"reflect"
	"runtime/debug"
	"slices"
	"sort"
	"strconv"
	"strings"

	admissionregistration "k8s.io/api/admissionregistration/v1"
	apps "k8s.io/api/apps/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	batch "k8s.io/api/batch/v1"
	certificates "k8s.io/api/certificates/v1"
	coordination "k8s.io/api/coordination/v1"
	core "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	rbac "k8s.io/api/rbac/v1"
	scheduling "k8s.io/api/scheduling/v1"
	storage "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
)

var roots = []any{
	meta.ListMeta{}, meta.Status{},
	core.Pod{}, core.Event{}, core.Node{}, core.Service{}, core.ConfigMap{}, core.Secret{}, core.ServiceAccount{},
	core.Namespace{}, core.PersistentVolumeClaim{}, core.PersistentVolume{}, core.ReplicationController{},
	core.ResourceQuota{}, core.LimitRange{}, core.Endpoints{},
	apps.Deployment{}, apps.ReplicaSet{}, apps.StatefulSet{}, apps.DaemonSet{}, apps.ControllerRevision{},
	autoscaling.HorizontalPodAutoscaler{}, batch.Job{}, batch.CronJob{}, coordination.Lease{}, discovery.EndpointSlice{},
	networking.Ingress{}, networking.IngressClass{}, networking.NetworkPolicy{}, policy.PodDisruptionBudget{},
	rbac.Role{}, rbac.ClusterRole{}, rbac.RoleBinding{}, rbac.ClusterRoleBinding{}, scheduling.PriorityClass{},
	storage.StorageClass{}, storage.VolumeAttachment{}, storage.CSIDriver{}, certificates.CertificateSigningRequest{},
	admissionregistration.MutatingWebhookConfiguration{}, admissionregistration.ValidatingWebhookConfiguration{},
	admissionregistration.ValidatingAdmissionPolicy{}, admissionregistration.ValidatingAdmissionPolicyBinding{},
}

// Types that are written in a way of their own, or not read.
var special = map[reflect.Type]string{
	reflect.TypeFor[meta.Time]():            "Time",
	reflect.TypeFor[meta.MicroTime]():       "MicroTime",
	reflect.TypeFor[resource.Quantity]():    "Quantity",
	reflect.TypeFor[intstr.IntOrString]():   "IntOrString",
	reflect.TypeFor[meta.FieldsV1]():        "Skip",
	reflect.TypeFor[runtime.RawExtension](): "Skip",
	reflect.TypeFor[meta.Duration]():        "Skip",
}

type field struct {
	number     int
	name, kind string
	many, zero bool
}

// The names of messages, and their fields.
var (
	names    = map[reflect.Type]string{}
	messages = map[string][]field{}
)

// `core.v1.PodSpec` as POD_SPEC; with its group where another one has that name.
func name(of reflect.Type) string {
	if known, ok := names[of]; ok {
		return known
	}
	var words strings.Builder
	letters := []rune(of.Name())
	for i, letter := range letters {
		upper := letter >= 'A' && letter <= 'Z'
		before := i > 0 && letters[i-1] >= 'a' && letters[i-1] <= 'z' || i > 0 && letters[i-1] >= '0' && letters[i-1] <= '9'
		after := i > 0 && upper && i+1 < len(letters) && letters[i+1] >= 'a' && letters[i+1] <= 'z'
		if upper && (before || after) {
			words.WriteByte('_')
		}
		words.WriteString(strings.ToUpper(string(letter)))
	}
	told := words.String()
	for _, other := range names {
		if other == told {
			path := strings.Split(of.PkgPath(), "/")
			told = strings.ToUpper(path[len(path)-2]) + "_" + told
			break
		}
	}
	names[of] = told
	return told
}

func visit(of reflect.Type) string {
	told := name(of)
	if _, ok := messages[told]; ok {
		return told
	}
	messages[told] = nil
	var fields []field
	for i := range of.NumField() {
		if one, ok := read(of.Field(i)); ok {
			fields = append(fields, one)
		}
	}
	sort.Slice(fields, func(a, b int) bool { return fields[a].number < fields[b].number })
	messages[told] = fields
	return told
}

func read(of reflect.StructField) (field, bool) {
	tag := strings.Split(of.Tag.Get("protobuf"), ",")
	json := strings.Split(of.Tag.Get("json"), ",")
	if len(tag) < 2 || json[0] == "-" {
		return field{}, false
	}
	number, err := strconv.Atoi(tag[1])
	if err != nil {
		panic(of.Name + ": " + err.Error())
	}
	kind := of.Type
	pointer := kind.Kind() == reflect.Pointer
	if pointer {
		kind = kind.Elem()
	}
	one := field{number: number, name: json[0], zero: pointer || !slices.Contains(json, "omitempty") || kind.Kind() == reflect.Struct}
	if slices.Contains(json, "omitzero") && !pointer {
		one.zero = false
	}
	if kind.Kind() == reflect.Slice && kind.Elem().Kind() != reflect.Uint8 {
		one.many = true
		kind = kind.Elem()
		if kind.Kind() == reflect.Pointer {
			kind = kind.Elem()
		}
	}
	one.kind = told(kind)
	if json[0] == "" {
		if !strings.HasPrefix(one.kind, "Message(") {
			panic(of.Name + " is inline and no message")
		}
		one.kind = strings.Replace(one.kind, "Message(", "Inline(", 1)
		one.zero = true
	}
	return one, true
}

func told(kind reflect.Type) string {
	if word, ok := special[kind]; ok {
		return word
	}
	switch kind.Kind() {
	case reflect.String:
		return "Text"
	case reflect.Bool:
		return "Bool"
	case reflect.Int32, reflect.Int64, reflect.Int:
		return "Int"
	case reflect.Float64:
		return "Double"
	case reflect.Slice:
		if kind.Elem().Kind() == reflect.Uint8 {
			return "Bytes"
		}
		return "Skip" // a message of its own around a list: nothing that is shown
	case reflect.Map:
		return "Map(&" + told(kind.Elem()) + ")"
	case reflect.Struct:
		return "Message(&" + visit(kind) + ")"
	}
	panic("no kind for " + kind.String())
}

func version() string {
	info, _ := debug.ReadBuildInfo()
	for _, one := range info.Deps {
		if one.Path == "k8s.io/api" {
			return one.Version
		}
	}
	return ""
}

func main() {
	for _, root := range roots {
		visit(reflect.TypeOf(root))
	}
	all := make([]string, 0, len(messages))
	for one := range messages {
		all = append(all, one)
	}
	sort.Strings(all)
	out := os.Stdout
	fmt.Fprintf(out, "//! Field numbers of the API's protobuf messages with the names their fields have in JSON: the tags of the Go\n")
	fmt.Fprintf(out, "//! types of k8s.io/api and k8s.io/apimachinery %s, which their generated.proto files say too.\n", version())
	fmt.Fprintf(out, "//! Written by tests/protobuf; not edited by hand.\n\n")
	fmt.Fprintf(out, "#![allow(missing_docs)]\n\n")
	fmt.Fprintf(out, "use super::table::{Kind::{self, *}, Field, Message};\n\n")
	fmt.Fprintf(out, "const fn one(number: u32, name: &'static str, kind: Kind) -> Field { Field { number, name, kind, many: false, zero: false } }\n")
	fmt.Fprintf(out, "const fn set(number: u32, name: &'static str, kind: Kind) -> Field { Field { number, name, kind, many: false, zero: true } }\n")
	fmt.Fprintf(out, "const fn all(number: u32, name: &'static str, kind: Kind) -> Field { Field { number, name, kind, many: true, zero: false } }\n\n")
	for _, message := range all {
		fmt.Fprintf(out, "pub static %s: Message = Message { name: %q, fields: &[\n", message, message)
		for _, one := range messages[message] {
			how := "one"
			if one.many {
				how = "all"
			} else if one.zero {
				how = "set"
			}
			fmt.Fprintf(out, "    %s(%d, %q, %s),\n", how, one.number, one.name, one.kind)
		}
		fmt.Fprintf(out, "] };\n")
	}
}
