//! Field numbers of the API's protobuf messages with the names their fields have in JSON: the tags of the Go
//! types of k8s.io/api and k8s.io/apimachinery v0.36.3, which their generated.proto files say too.
//! Written by tests/protobuf; not edited by hand.

#![allow(missing_docs)]

use super::table::{Kind::{self, *}, Field, Message};

const fn one(number: u32, name: &'static str, kind: Kind) -> Field { Field { number, name, kind, many: false, zero: false } }
const fn set(number: u32, name: &'static str, kind: Kind) -> Field { Field { number, name, kind, many: false, zero: true } }
const fn all(number: u32, name: &'static str, kind: Kind) -> Field { Field { number, name, kind, many: true, zero: false } }

pub static AFFINITY: Message = Message { name: "AFFINITY", fields: &[
    set(1, "nodeAffinity", Message(&NODE_AFFINITY)),
    set(2, "podAffinity", Message(&POD_AFFINITY)),
    set(3, "podAntiAffinity", Message(&POD_ANTI_AFFINITY)),
] };
pub static AGGREGATION_RULE: Message = Message { name: "AGGREGATION_RULE", fields: &[
    all(1, "clusterRoleSelectors", Message(&LABEL_SELECTOR)),
] };
pub static APP_ARMOR_PROFILE: Message = Message { name: "APP_ARMOR_PROFILE", fields: &[
    set(1, "type", Text),
    set(2, "localhostProfile", Text),
] };
pub static ATTACHED_VOLUME: Message = Message { name: "ATTACHED_VOLUME", fields: &[
    set(1, "name", Text),
    set(2, "devicePath", Text),
] };
pub static AUDIT_ANNOTATION: Message = Message { name: "AUDIT_ANNOTATION", fields: &[
    set(1, "key", Text),
    set(2, "valueExpression", Text),
] };
pub static AWS_ELASTIC_BLOCK_STORE_VOLUME_SOURCE: Message = Message { name: "AWS_ELASTIC_BLOCK_STORE_VOLUME_SOURCE", fields: &[
    set(1, "volumeID", Text),
    one(2, "fsType", Text),
    one(3, "partition", Int),
    one(4, "readOnly", Bool),
] };
pub static AZURE_DISK_VOLUME_SOURCE: Message = Message { name: "AZURE_DISK_VOLUME_SOURCE", fields: &[
    set(1, "diskName", Text),
    set(2, "diskURI", Text),
    set(3, "cachingMode", Text),
    set(4, "fsType", Text),
    set(5, "readOnly", Bool),
    set(6, "kind", Text),
] };
pub static AZURE_FILE_PERSISTENT_VOLUME_SOURCE: Message = Message { name: "AZURE_FILE_PERSISTENT_VOLUME_SOURCE", fields: &[
    set(1, "secretName", Text),
    set(2, "shareName", Text),
    one(3, "readOnly", Bool),
    set(4, "secretNamespace", Text),
] };
pub static AZURE_FILE_VOLUME_SOURCE: Message = Message { name: "AZURE_FILE_VOLUME_SOURCE", fields: &[
    set(1, "secretName", Text),
    set(2, "shareName", Text),
    one(3, "readOnly", Bool),
] };
pub static CAPABILITIES: Message = Message { name: "CAPABILITIES", fields: &[
    all(1, "add", Text),
    all(2, "drop", Text),
] };
pub static CEPH_FS_PERSISTENT_VOLUME_SOURCE: Message = Message { name: "CEPH_FS_PERSISTENT_VOLUME_SOURCE", fields: &[
    all(1, "monitors", Text),
    one(2, "path", Text),
    one(3, "user", Text),
    one(4, "secretFile", Text),
    set(5, "secretRef", Message(&SECRET_REFERENCE)),
    one(6, "readOnly", Bool),
] };
pub static CEPH_FS_VOLUME_SOURCE: Message = Message { name: "CEPH_FS_VOLUME_SOURCE", fields: &[
    all(1, "monitors", Text),
    one(2, "path", Text),
    one(3, "user", Text),
    one(4, "secretFile", Text),
    set(5, "secretRef", Message(&LOCAL_OBJECT_REFERENCE)),
    one(6, "readOnly", Bool),
] };
pub static CERTIFICATE_SIGNING_REQUEST: Message = Message { name: "CERTIFICATE_SIGNING_REQUEST", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    set(2, "spec", Message(&CERTIFICATE_SIGNING_REQUEST_SPEC)),
    set(3, "status", Message(&CERTIFICATE_SIGNING_REQUEST_STATUS)),
] };
pub static CERTIFICATE_SIGNING_REQUEST_CONDITION: Message = Message { name: "CERTIFICATE_SIGNING_REQUEST_CONDITION", fields: &[
    set(1, "type", Text),
    one(2, "reason", Text),
    one(3, "message", Text),
    set(4, "lastUpdateTime", Time),
    set(5, "lastTransitionTime", Time),
    set(6, "status", Text),
] };
pub static CERTIFICATE_SIGNING_REQUEST_SPEC: Message = Message { name: "CERTIFICATE_SIGNING_REQUEST_SPEC", fields: &[
    set(1, "request", Bytes),
    one(2, "username", Text),
    one(3, "uid", Text),
    all(4, "groups", Text),
    all(5, "usages", Text),
    one(6, "extra", Map(&Skip)),
    set(7, "signerName", Text),
    set(8, "expirationSeconds", Int),
] };
pub static CERTIFICATE_SIGNING_REQUEST_STATUS: Message = Message { name: "CERTIFICATE_SIGNING_REQUEST_STATUS", fields: &[
    all(1, "conditions", Message(&CERTIFICATE_SIGNING_REQUEST_CONDITION)),
    one(2, "certificate", Bytes),
] };
pub static CINDER_PERSISTENT_VOLUME_SOURCE: Message = Message { name: "CINDER_PERSISTENT_VOLUME_SOURCE", fields: &[
    set(1, "volumeID", Text),
    one(2, "fsType", Text),
    one(3, "readOnly", Bool),
    set(4, "secretRef", Message(&SECRET_REFERENCE)),
] };
pub static CINDER_VOLUME_SOURCE: Message = Message { name: "CINDER_VOLUME_SOURCE", fields: &[
    set(1, "volumeID", Text),
    one(2, "fsType", Text),
    one(3, "readOnly", Bool),
    set(4, "secretRef", Message(&LOCAL_OBJECT_REFERENCE)),
] };
pub static CLIENT_IP_CONFIG: Message = Message { name: "CLIENT_IP_CONFIG", fields: &[
    set(1, "timeoutSeconds", Int),
] };
pub static CLUSTER_ROLE: Message = Message { name: "CLUSTER_ROLE", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    all(2, "rules", Message(&POLICY_RULE)),
    set(3, "aggregationRule", Message(&AGGREGATION_RULE)),
] };
pub static CLUSTER_ROLE_BINDING: Message = Message { name: "CLUSTER_ROLE_BINDING", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    all(2, "subjects", Message(&SUBJECT)),
    set(3, "roleRef", Message(&ROLE_REF)),
] };
pub static CLUSTER_TRUST_BUNDLE_PROJECTION: Message = Message { name: "CLUSTER_TRUST_BUNDLE_PROJECTION", fields: &[
    set(1, "name", Text),
    set(2, "signerName", Text),
    set(3, "labelSelector", Message(&LABEL_SELECTOR)),
    set(4, "path", Text),
    set(5, "optional", Bool),
] };
pub static CONDITION: Message = Message { name: "CONDITION", fields: &[
    set(1, "type", Text),
    set(2, "status", Text),
    one(3, "observedGeneration", Int),
    set(4, "lastTransitionTime", Time),
    set(5, "reason", Text),
    set(6, "message", Text),
] };
pub static CONFIG_MAP: Message = Message { name: "CONFIG_MAP", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    one(2, "data", Map(&Text)),
    one(3, "binaryData", Map(&Bytes)),
    set(4, "immutable", Bool),
] };
pub static CONFIG_MAP_ENV_SOURCE: Message = Message { name: "CONFIG_MAP_ENV_SOURCE", fields: &[
    set(1, "", Inline(&LOCAL_OBJECT_REFERENCE)),
    set(2, "optional", Bool),
] };
pub static CONFIG_MAP_KEY_SELECTOR: Message = Message { name: "CONFIG_MAP_KEY_SELECTOR", fields: &[
    set(1, "", Inline(&LOCAL_OBJECT_REFERENCE)),
    set(2, "key", Text),
    set(3, "optional", Bool),
] };
pub static CONFIG_MAP_NODE_CONFIG_SOURCE: Message = Message { name: "CONFIG_MAP_NODE_CONFIG_SOURCE", fields: &[
    set(1, "namespace", Text),
    set(2, "name", Text),
    one(3, "uid", Text),
    one(4, "resourceVersion", Text),
    set(5, "kubeletConfigKey", Text),
] };
pub static CONFIG_MAP_PROJECTION: Message = Message { name: "CONFIG_MAP_PROJECTION", fields: &[
    set(1, "", Inline(&LOCAL_OBJECT_REFERENCE)),
    all(2, "items", Message(&KEY_TO_PATH)),
    set(4, "optional", Bool),
] };
pub static CONFIG_MAP_VOLUME_SOURCE: Message = Message { name: "CONFIG_MAP_VOLUME_SOURCE", fields: &[
    set(1, "", Inline(&LOCAL_OBJECT_REFERENCE)),
    all(2, "items", Message(&KEY_TO_PATH)),
    set(3, "defaultMode", Int),
    set(4, "optional", Bool),
] };
pub static CONTAINER: Message = Message { name: "CONTAINER", fields: &[
    set(1, "name", Text),
    one(2, "image", Text),
    all(3, "command", Text),
    all(4, "args", Text),
    one(5, "workingDir", Text),
    all(6, "ports", Message(&CONTAINER_PORT)),
    all(7, "env", Message(&ENV_VAR)),
    set(8, "resources", Message(&RESOURCE_REQUIREMENTS)),
    all(9, "volumeMounts", Message(&VOLUME_MOUNT)),
    set(10, "livenessProbe", Message(&PROBE)),
    set(11, "readinessProbe", Message(&PROBE)),
    set(12, "lifecycle", Message(&LIFECYCLE)),
    one(13, "terminationMessagePath", Text),
    one(14, "imagePullPolicy", Text),
    set(15, "securityContext", Message(&SECURITY_CONTEXT)),
    one(16, "stdin", Bool),
    one(17, "stdinOnce", Bool),
    one(18, "tty", Bool),
    all(19, "envFrom", Message(&ENV_FROM_SOURCE)),
    one(20, "terminationMessagePolicy", Text),
    all(21, "volumeDevices", Message(&VOLUME_DEVICE)),
    set(22, "startupProbe", Message(&PROBE)),
    all(23, "resizePolicy", Message(&CONTAINER_RESIZE_POLICY)),
    set(24, "restartPolicy", Text),
    all(25, "restartPolicyRules", Message(&CONTAINER_RESTART_RULE)),
] };
pub static CONTAINER_EXTENDED_RESOURCE_REQUEST: Message = Message { name: "CONTAINER_EXTENDED_RESOURCE_REQUEST", fields: &[
    set(1, "containerName", Text),
    set(2, "resourceName", Text),
    set(3, "requestName", Text),
] };
pub static CONTAINER_IMAGE: Message = Message { name: "CONTAINER_IMAGE", fields: &[
    all(1, "names", Text),
    one(2, "sizeBytes", Int),
] };
pub static CONTAINER_PORT: Message = Message { name: "CONTAINER_PORT", fields: &[
    one(1, "name", Text),
    one(2, "hostPort", Int),
    set(3, "containerPort", Int),
    one(4, "protocol", Text),
    one(5, "hostIP", Text),
] };
pub static CONTAINER_RESIZE_POLICY: Message = Message { name: "CONTAINER_RESIZE_POLICY", fields: &[
    set(1, "resourceName", Text),
    set(2, "restartPolicy", Text),
] };
pub static CONTAINER_RESOURCE_METRIC_SOURCE: Message = Message { name: "CONTAINER_RESOURCE_METRIC_SOURCE", fields: &[
    set(1, "name", Text),
    set(2, "target", Message(&METRIC_TARGET)),
    set(3, "container", Text),
] };
pub static CONTAINER_RESOURCE_METRIC_STATUS: Message = Message { name: "CONTAINER_RESOURCE_METRIC_STATUS", fields: &[
    set(1, "name", Text),
    set(2, "current", Message(&METRIC_VALUE_STATUS)),
    set(3, "container", Text),
] };
pub static CONTAINER_RESTART_RULE: Message = Message { name: "CONTAINER_RESTART_RULE", fields: &[
    one(1, "action", Text),
    set(2, "exitCodes", Message(&CONTAINER_RESTART_RULE_ON_EXIT_CODES)),
] };
pub static CONTAINER_RESTART_RULE_ON_EXIT_CODES: Message = Message { name: "CONTAINER_RESTART_RULE_ON_EXIT_CODES", fields: &[
    one(1, "operator", Text),
    all(2, "values", Int),
] };
pub static CONTAINER_STATE: Message = Message { name: "CONTAINER_STATE", fields: &[
    set(1, "waiting", Message(&CONTAINER_STATE_WAITING)),
    set(2, "running", Message(&CONTAINER_STATE_RUNNING)),
    set(3, "terminated", Message(&CONTAINER_STATE_TERMINATED)),
] };
pub static CONTAINER_STATE_RUNNING: Message = Message { name: "CONTAINER_STATE_RUNNING", fields: &[
    set(1, "startedAt", Time),
] };
pub static CONTAINER_STATE_TERMINATED: Message = Message { name: "CONTAINER_STATE_TERMINATED", fields: &[
    set(1, "exitCode", Int),
    one(2, "signal", Int),
    one(3, "reason", Text),
    one(4, "message", Text),
    set(5, "startedAt", Time),
    set(6, "finishedAt", Time),
    one(7, "containerID", Text),
] };
pub static CONTAINER_STATE_WAITING: Message = Message { name: "CONTAINER_STATE_WAITING", fields: &[
    one(1, "reason", Text),
    one(2, "message", Text),
] };
pub static CONTAINER_STATUS: Message = Message { name: "CONTAINER_STATUS", fields: &[
    set(1, "name", Text),
    set(2, "state", Message(&CONTAINER_STATE)),
    set(3, "lastState", Message(&CONTAINER_STATE)),
    set(4, "ready", Bool),
    set(5, "restartCount", Int),
    set(6, "image", Text),
    set(7, "imageID", Text),
    one(8, "containerID", Text),
    set(9, "started", Bool),
    one(10, "allocatedResources", Map(&Quantity)),
    set(11, "resources", Message(&RESOURCE_REQUIREMENTS)),
    all(12, "volumeMounts", Message(&VOLUME_MOUNT_STATUS)),
    set(13, "user", Message(&CONTAINER_USER)),
    all(14, "allocatedResourcesStatus", Message(&RESOURCE_STATUS)),
    set(15, "stopSignal", Text),
] };
pub static CONTAINER_USER: Message = Message { name: "CONTAINER_USER", fields: &[
    set(1, "linux", Message(&LINUX_CONTAINER_USER)),
] };
pub static CONTROLLER_REVISION: Message = Message { name: "CONTROLLER_REVISION", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    set(2, "data", Skip),
    set(3, "revision", Int),
] };
pub static CRON_JOB: Message = Message { name: "CRON_JOB", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    set(2, "spec", Message(&CRON_JOB_SPEC)),
    set(3, "status", Message(&CRON_JOB_STATUS)),
] };
pub static CRON_JOB_SPEC: Message = Message { name: "CRON_JOB_SPEC", fields: &[
    set(1, "schedule", Text),
    set(2, "startingDeadlineSeconds", Int),
    one(3, "concurrencyPolicy", Text),
    set(4, "suspend", Bool),
    set(5, "jobTemplate", Message(&JOB_TEMPLATE_SPEC)),
    set(6, "successfulJobsHistoryLimit", Int),
    set(7, "failedJobsHistoryLimit", Int),
    set(8, "timeZone", Text),
] };
pub static CRON_JOB_STATUS: Message = Message { name: "CRON_JOB_STATUS", fields: &[
    all(1, "active", Message(&OBJECT_REFERENCE)),
    set(4, "lastScheduleTime", Time),
    set(5, "lastSuccessfulTime", Time),
] };
pub static CROSS_VERSION_OBJECT_REFERENCE: Message = Message { name: "CROSS_VERSION_OBJECT_REFERENCE", fields: &[
    set(1, "kind", Text),
    set(2, "name", Text),
    one(3, "apiVersion", Text),
] };
pub static CSI_DRIVER: Message = Message { name: "CSI_DRIVER", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    set(2, "spec", Message(&CSI_DRIVER_SPEC)),
] };
pub static CSI_DRIVER_SPEC: Message = Message { name: "CSI_DRIVER_SPEC", fields: &[
    set(1, "attachRequired", Bool),
    set(2, "podInfoOnMount", Bool),
    all(3, "volumeLifecycleModes", Text),
    set(4, "storageCapacity", Bool),
    set(5, "fsGroupPolicy", Text),
    all(6, "tokenRequests", Message(&TOKEN_REQUEST)),
    set(7, "requiresRepublish", Bool),
    set(8, "seLinuxMount", Bool),
    set(9, "nodeAllocatableUpdatePeriodSeconds", Int),
    set(10, "serviceAccountTokenInSecrets", Bool),
    set(11, "preventPodSchedulingIfMissing", Bool),
] };
pub static CSI_PERSISTENT_VOLUME_SOURCE: Message = Message { name: "CSI_PERSISTENT_VOLUME_SOURCE", fields: &[
    set(1, "driver", Text),
    set(2, "volumeHandle", Text),
    one(3, "readOnly", Bool),
    one(4, "fsType", Text),
    one(5, "volumeAttributes", Map(&Text)),
    set(6, "controllerPublishSecretRef", Message(&SECRET_REFERENCE)),
    set(7, "nodeStageSecretRef", Message(&SECRET_REFERENCE)),
    set(8, "nodePublishSecretRef", Message(&SECRET_REFERENCE)),
    set(9, "controllerExpandSecretRef", Message(&SECRET_REFERENCE)),
    set(10, "nodeExpandSecretRef", Message(&SECRET_REFERENCE)),
] };
pub static CSI_VOLUME_SOURCE: Message = Message { name: "CSI_VOLUME_SOURCE", fields: &[
    set(1, "driver", Text),
    set(2, "readOnly", Bool),
    set(3, "fsType", Text),
    one(4, "volumeAttributes", Map(&Text)),
    set(5, "nodePublishSecretRef", Message(&LOCAL_OBJECT_REFERENCE)),
] };
pub static DAEMON_ENDPOINT: Message = Message { name: "DAEMON_ENDPOINT", fields: &[
    set(1, "Port", Int),
] };
pub static DAEMON_SET: Message = Message { name: "DAEMON_SET", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    set(2, "spec", Message(&DAEMON_SET_SPEC)),
    set(3, "status", Message(&DAEMON_SET_STATUS)),
] };
pub static DAEMON_SET_CONDITION: Message = Message { name: "DAEMON_SET_CONDITION", fields: &[
    set(1, "type", Text),
    set(2, "status", Text),
    set(3, "lastTransitionTime", Time),
    one(4, "reason", Text),
    one(5, "message", Text),
] };
pub static DAEMON_SET_SPEC: Message = Message { name: "DAEMON_SET_SPEC", fields: &[
    set(1, "selector", Message(&LABEL_SELECTOR)),
    set(2, "template", Message(&POD_TEMPLATE_SPEC)),
    set(3, "updateStrategy", Message(&DAEMON_SET_UPDATE_STRATEGY)),
    one(4, "minReadySeconds", Int),
    set(6, "revisionHistoryLimit", Int),
] };
pub static DAEMON_SET_STATUS: Message = Message { name: "DAEMON_SET_STATUS", fields: &[
    set(1, "currentNumberScheduled", Int),
    set(2, "numberMisscheduled", Int),
    set(3, "desiredNumberScheduled", Int),
    set(4, "numberReady", Int),
    one(5, "observedGeneration", Int),
    one(6, "updatedNumberScheduled", Int),
    one(7, "numberAvailable", Int),
    one(8, "numberUnavailable", Int),
    set(9, "collisionCount", Int),
    all(10, "conditions", Message(&DAEMON_SET_CONDITION)),
] };
pub static DAEMON_SET_UPDATE_STRATEGY: Message = Message { name: "DAEMON_SET_UPDATE_STRATEGY", fields: &[
    one(1, "type", Text),
    set(2, "rollingUpdate", Message(&ROLLING_UPDATE_DAEMON_SET)),
] };
pub static DEPLOYMENT: Message = Message { name: "DEPLOYMENT", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    set(2, "spec", Message(&DEPLOYMENT_SPEC)),
    set(3, "status", Message(&DEPLOYMENT_STATUS)),
] };
pub static DEPLOYMENT_CONDITION: Message = Message { name: "DEPLOYMENT_CONDITION", fields: &[
    set(1, "type", Text),
    set(2, "status", Text),
    one(4, "reason", Text),
    one(5, "message", Text),
    set(6, "lastUpdateTime", Time),
    set(7, "lastTransitionTime", Time),
] };
pub static DEPLOYMENT_SPEC: Message = Message { name: "DEPLOYMENT_SPEC", fields: &[
    set(1, "replicas", Int),
    set(2, "selector", Message(&LABEL_SELECTOR)),
    set(3, "template", Message(&POD_TEMPLATE_SPEC)),
    set(4, "strategy", Message(&DEPLOYMENT_STRATEGY)),
    one(5, "minReadySeconds", Int),
    set(6, "revisionHistoryLimit", Int),
    one(7, "paused", Bool),
    set(9, "progressDeadlineSeconds", Int),
] };
pub static DEPLOYMENT_STATUS: Message = Message { name: "DEPLOYMENT_STATUS", fields: &[
    one(1, "observedGeneration", Int),
    one(2, "replicas", Int),
    one(3, "updatedReplicas", Int),
    one(4, "availableReplicas", Int),
    one(5, "unavailableReplicas", Int),
    all(6, "conditions", Message(&DEPLOYMENT_CONDITION)),
    one(7, "readyReplicas", Int),
    set(8, "collisionCount", Int),
    set(9, "terminatingReplicas", Int),
] };
pub static DEPLOYMENT_STRATEGY: Message = Message { name: "DEPLOYMENT_STRATEGY", fields: &[
    one(1, "type", Text),
    set(2, "rollingUpdate", Message(&ROLLING_UPDATE_DEPLOYMENT)),
] };
pub static DISCOVERY_ENDPOINT_PORT: Message = Message { name: "DISCOVERY_ENDPOINT_PORT", fields: &[
    set(1, "name", Text),
    set(2, "protocol", Text),
    set(3, "port", Int),
    set(4, "appProtocol", Text),
] };
pub static DOWNWARD_API_PROJECTION: Message = Message { name: "DOWNWARD_API_PROJECTION", fields: &[
    all(1, "items", Message(&DOWNWARD_API_VOLUME_FILE)),
] };
pub static DOWNWARD_API_VOLUME_FILE: Message = Message { name: "DOWNWARD_API_VOLUME_FILE", fields: &[
    set(1, "path", Text),
    set(2, "fieldRef", Message(&OBJECT_FIELD_SELECTOR)),
    set(3, "resourceFieldRef", Message(&RESOURCE_FIELD_SELECTOR)),
    set(4, "mode", Int),
] };
pub static DOWNWARD_API_VOLUME_SOURCE: Message = Message { name: "DOWNWARD_API_VOLUME_SOURCE", fields: &[
    all(1, "items", Message(&DOWNWARD_API_VOLUME_FILE)),
    set(2, "defaultMode", Int),
] };
pub static EMPTY_DIR_VOLUME_SOURCE: Message = Message { name: "EMPTY_DIR_VOLUME_SOURCE", fields: &[
    one(1, "medium", Text),
    set(2, "sizeLimit", Quantity),
] };
pub static ENDPOINT: Message = Message { name: "ENDPOINT", fields: &[
    all(1, "addresses", Text),
    set(2, "conditions", Message(&ENDPOINT_CONDITIONS)),
    set(3, "hostname", Text),
    set(4, "targetRef", Message(&OBJECT_REFERENCE)),
    one(5, "deprecatedTopology", Map(&Text)),
    set(6, "nodeName", Text),
    set(7, "zone", Text),
    set(8, "hints", Message(&ENDPOINT_HINTS)),
] };
pub static ENDPOINTS: Message = Message { name: "ENDPOINTS", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    all(2, "subsets", Message(&ENDPOINT_SUBSET)),
] };
pub static ENDPOINT_ADDRESS: Message = Message { name: "ENDPOINT_ADDRESS", fields: &[
    set(1, "ip", Text),
    set(2, "targetRef", Message(&OBJECT_REFERENCE)),
    one(3, "hostname", Text),
    set(4, "nodeName", Text),
] };
pub static ENDPOINT_CONDITIONS: Message = Message { name: "ENDPOINT_CONDITIONS", fields: &[
    set(1, "ready", Bool),
    set(2, "serving", Bool),
    set(3, "terminating", Bool),
] };
pub static ENDPOINT_HINTS: Message = Message { name: "ENDPOINT_HINTS", fields: &[
    all(1, "forZones", Message(&FOR_ZONE)),
    all(2, "forNodes", Message(&FOR_NODE)),
] };
pub static ENDPOINT_PORT: Message = Message { name: "ENDPOINT_PORT", fields: &[
    one(1, "name", Text),
    set(2, "port", Int),
    one(3, "protocol", Text),
    set(4, "appProtocol", Text),
] };
pub static ENDPOINT_SLICE: Message = Message { name: "ENDPOINT_SLICE", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    all(2, "endpoints", Message(&ENDPOINT)),
    all(3, "ports", Message(&DISCOVERY_ENDPOINT_PORT)),
    set(4, "addressType", Text),
] };
pub static ENDPOINT_SUBSET: Message = Message { name: "ENDPOINT_SUBSET", fields: &[
    all(1, "addresses", Message(&ENDPOINT_ADDRESS)),
    all(2, "notReadyAddresses", Message(&ENDPOINT_ADDRESS)),
    all(3, "ports", Message(&ENDPOINT_PORT)),
] };
pub static ENV_FROM_SOURCE: Message = Message { name: "ENV_FROM_SOURCE", fields: &[
    one(1, "prefix", Text),
    set(2, "configMapRef", Message(&CONFIG_MAP_ENV_SOURCE)),
    set(3, "secretRef", Message(&SECRET_ENV_SOURCE)),
] };
pub static ENV_VAR: Message = Message { name: "ENV_VAR", fields: &[
    set(1, "name", Text),
    one(2, "value", Text),
    set(3, "valueFrom", Message(&ENV_VAR_SOURCE)),
] };
pub static ENV_VAR_SOURCE: Message = Message { name: "ENV_VAR_SOURCE", fields: &[
    set(1, "fieldRef", Message(&OBJECT_FIELD_SELECTOR)),
    set(2, "resourceFieldRef", Message(&RESOURCE_FIELD_SELECTOR)),
    set(3, "configMapKeyRef", Message(&CONFIG_MAP_KEY_SELECTOR)),
    set(4, "secretKeyRef", Message(&SECRET_KEY_SELECTOR)),
    set(5, "fileKeyRef", Message(&FILE_KEY_SELECTOR)),
] };
pub static EPHEMERAL_CONTAINER: Message = Message { name: "EPHEMERAL_CONTAINER", fields: &[
    set(1, "", Inline(&EPHEMERAL_CONTAINER_COMMON)),
    one(2, "targetContainerName", Text),
] };
pub static EPHEMERAL_CONTAINER_COMMON: Message = Message { name: "EPHEMERAL_CONTAINER_COMMON", fields: &[
    set(1, "name", Text),
    one(2, "image", Text),
    all(3, "command", Text),
    all(4, "args", Text),
    one(5, "workingDir", Text),
    all(6, "ports", Message(&CONTAINER_PORT)),
    all(7, "env", Message(&ENV_VAR)),
    set(8, "resources", Message(&RESOURCE_REQUIREMENTS)),
    all(9, "volumeMounts", Message(&VOLUME_MOUNT)),
    set(10, "livenessProbe", Message(&PROBE)),
    set(11, "readinessProbe", Message(&PROBE)),
    set(12, "lifecycle", Message(&LIFECYCLE)),
    one(13, "terminationMessagePath", Text),
    one(14, "imagePullPolicy", Text),
    set(15, "securityContext", Message(&SECURITY_CONTEXT)),
    one(16, "stdin", Bool),
    one(17, "stdinOnce", Bool),
    one(18, "tty", Bool),
    all(19, "envFrom", Message(&ENV_FROM_SOURCE)),
    one(20, "terminationMessagePolicy", Text),
    all(21, "volumeDevices", Message(&VOLUME_DEVICE)),
    set(22, "startupProbe", Message(&PROBE)),
    all(23, "resizePolicy", Message(&CONTAINER_RESIZE_POLICY)),
    set(24, "restartPolicy", Text),
    all(25, "restartPolicyRules", Message(&CONTAINER_RESTART_RULE)),
] };
pub static EPHEMERAL_VOLUME_SOURCE: Message = Message { name: "EPHEMERAL_VOLUME_SOURCE", fields: &[
    set(1, "volumeClaimTemplate", Message(&PERSISTENT_VOLUME_CLAIM_TEMPLATE)),
] };
pub static EVENT: Message = Message { name: "EVENT", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    set(2, "involvedObject", Message(&OBJECT_REFERENCE)),
    one(3, "reason", Text),
    one(4, "message", Text),
    set(5, "source", Message(&EVENT_SOURCE)),
    set(6, "firstTimestamp", Time),
    set(7, "lastTimestamp", Time),
    one(8, "count", Int),
    one(9, "type", Text),
    set(10, "eventTime", MicroTime),
    set(11, "series", Message(&EVENT_SERIES)),
    one(12, "action", Text),
    set(13, "related", Message(&OBJECT_REFERENCE)),
    set(14, "reportingComponent", Text),
    set(15, "reportingInstance", Text),
] };
pub static EVENT_SERIES: Message = Message { name: "EVENT_SERIES", fields: &[
    one(1, "count", Int),
    set(2, "lastObservedTime", MicroTime),
] };
pub static EVENT_SOURCE: Message = Message { name: "EVENT_SOURCE", fields: &[
    one(1, "component", Text),
    one(2, "host", Text),
] };
pub static EXEC_ACTION: Message = Message { name: "EXEC_ACTION", fields: &[
    all(1, "command", Text),
] };
pub static EXPRESSION_WARNING: Message = Message { name: "EXPRESSION_WARNING", fields: &[
    set(2, "fieldRef", Text),
    set(3, "warning", Text),
] };
pub static EXTERNAL_METRIC_SOURCE: Message = Message { name: "EXTERNAL_METRIC_SOURCE", fields: &[
    set(1, "metric", Message(&METRIC_IDENTIFIER)),
    set(2, "target", Message(&METRIC_TARGET)),
] };
pub static EXTERNAL_METRIC_STATUS: Message = Message { name: "EXTERNAL_METRIC_STATUS", fields: &[
    set(1, "metric", Message(&METRIC_IDENTIFIER)),
    set(2, "current", Message(&METRIC_VALUE_STATUS)),
] };
pub static FC_VOLUME_SOURCE: Message = Message { name: "FC_VOLUME_SOURCE", fields: &[
    all(1, "targetWWNs", Text),
    set(2, "lun", Int),
    one(3, "fsType", Text),
    one(4, "readOnly", Bool),
    all(5, "wwids", Text),
] };
pub static FILE_KEY_SELECTOR: Message = Message { name: "FILE_KEY_SELECTOR", fields: &[
    set(1, "volumeName", Text),
    set(2, "path", Text),
    set(3, "key", Text),
    set(4, "optional", Bool),
] };
pub static FLEX_PERSISTENT_VOLUME_SOURCE: Message = Message { name: "FLEX_PERSISTENT_VOLUME_SOURCE", fields: &[
    set(1, "driver", Text),
    one(2, "fsType", Text),
    set(3, "secretRef", Message(&SECRET_REFERENCE)),
    one(4, "readOnly", Bool),
    one(5, "options", Map(&Text)),
] };
pub static FLEX_VOLUME_SOURCE: Message = Message { name: "FLEX_VOLUME_SOURCE", fields: &[
    set(1, "driver", Text),
    one(2, "fsType", Text),
    set(3, "secretRef", Message(&LOCAL_OBJECT_REFERENCE)),
    one(4, "readOnly", Bool),
    one(5, "options", Map(&Text)),
] };
pub static FLOCKER_VOLUME_SOURCE: Message = Message { name: "FLOCKER_VOLUME_SOURCE", fields: &[
    one(1, "datasetName", Text),
    one(2, "datasetUUID", Text),
] };
pub static FOR_NODE: Message = Message { name: "FOR_NODE", fields: &[
    set(1, "name", Text),
] };
pub static FOR_ZONE: Message = Message { name: "FOR_ZONE", fields: &[
    set(1, "name", Text),
] };
pub static GCE_PERSISTENT_DISK_VOLUME_SOURCE: Message = Message { name: "GCE_PERSISTENT_DISK_VOLUME_SOURCE", fields: &[
    set(1, "pdName", Text),
    one(2, "fsType", Text),
    one(3, "partition", Int),
    one(4, "readOnly", Bool),
] };
pub static GIT_REPO_VOLUME_SOURCE: Message = Message { name: "GIT_REPO_VOLUME_SOURCE", fields: &[
    set(1, "repository", Text),
    one(2, "revision", Text),
    one(3, "directory", Text),
] };
pub static GLUSTERFS_PERSISTENT_VOLUME_SOURCE: Message = Message { name: "GLUSTERFS_PERSISTENT_VOLUME_SOURCE", fields: &[
    set(1, "endpoints", Text),
    set(2, "path", Text),
    one(3, "readOnly", Bool),
    set(4, "endpointsNamespace", Text),
] };
pub static GLUSTERFS_VOLUME_SOURCE: Message = Message { name: "GLUSTERFS_VOLUME_SOURCE", fields: &[
    set(1, "endpoints", Text),
    set(2, "path", Text),
    one(3, "readOnly", Bool),
] };
pub static GRPC_ACTION: Message = Message { name: "GRPC_ACTION", fields: &[
    set(1, "port", Int),
    set(2, "service", Text),
] };
pub static HORIZONTAL_POD_AUTOSCALER: Message = Message { name: "HORIZONTAL_POD_AUTOSCALER", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    set(2, "spec", Message(&HORIZONTAL_POD_AUTOSCALER_SPEC)),
    set(3, "status", Message(&HORIZONTAL_POD_AUTOSCALER_STATUS)),
] };
pub static HORIZONTAL_POD_AUTOSCALER_BEHAVIOR: Message = Message { name: "HORIZONTAL_POD_AUTOSCALER_BEHAVIOR", fields: &[
    set(1, "scaleUp", Message(&HPA_SCALING_RULES)),
    set(2, "scaleDown", Message(&HPA_SCALING_RULES)),
] };
pub static HORIZONTAL_POD_AUTOSCALER_CONDITION: Message = Message { name: "HORIZONTAL_POD_AUTOSCALER_CONDITION", fields: &[
    set(1, "type", Text),
    set(2, "status", Text),
    set(3, "lastTransitionTime", Time),
    one(4, "reason", Text),
    one(5, "message", Text),
] };
pub static HORIZONTAL_POD_AUTOSCALER_SPEC: Message = Message { name: "HORIZONTAL_POD_AUTOSCALER_SPEC", fields: &[
    set(1, "scaleTargetRef", Message(&CROSS_VERSION_OBJECT_REFERENCE)),
    set(2, "minReplicas", Int),
    set(3, "maxReplicas", Int),
    all(4, "metrics", Message(&METRIC_SPEC)),
    set(5, "behavior", Message(&HORIZONTAL_POD_AUTOSCALER_BEHAVIOR)),
] };
pub static HORIZONTAL_POD_AUTOSCALER_STATUS: Message = Message { name: "HORIZONTAL_POD_AUTOSCALER_STATUS", fields: &[
    set(1, "observedGeneration", Int),
    set(2, "lastScaleTime", Time),
    one(3, "currentReplicas", Int),
    set(4, "desiredReplicas", Int),
    all(5, "currentMetrics", Message(&METRIC_STATUS)),
    all(6, "conditions", Message(&HORIZONTAL_POD_AUTOSCALER_CONDITION)),
] };
pub static HOST_ALIAS: Message = Message { name: "HOST_ALIAS", fields: &[
    set(1, "ip", Text),
    all(2, "hostnames", Text),
] };
pub static HOST_IP: Message = Message { name: "HOST_IP", fields: &[
    set(1, "ip", Text),
] };
pub static HOST_PATH_VOLUME_SOURCE: Message = Message { name: "HOST_PATH_VOLUME_SOURCE", fields: &[
    set(1, "path", Text),
    set(2, "type", Text),
] };
pub static HPA_SCALING_POLICY: Message = Message { name: "HPA_SCALING_POLICY", fields: &[
    set(1, "type", Text),
    set(2, "value", Int),
    set(3, "periodSeconds", Int),
] };
pub static HPA_SCALING_RULES: Message = Message { name: "HPA_SCALING_RULES", fields: &[
    set(1, "selectPolicy", Text),
    all(2, "policies", Message(&HPA_SCALING_POLICY)),
    set(3, "stabilizationWindowSeconds", Int),
    set(4, "tolerance", Quantity),
] };
pub static HTTP_GET_ACTION: Message = Message { name: "HTTP_GET_ACTION", fields: &[
    one(1, "path", Text),
    set(2, "port", IntOrString),
    one(3, "host", Text),
    one(4, "scheme", Text),
    all(5, "httpHeaders", Message(&HTTP_HEADER)),
] };
pub static HTTP_HEADER: Message = Message { name: "HTTP_HEADER", fields: &[
    set(1, "name", Text),
    set(2, "value", Text),
] };
pub static HTTP_INGRESS_PATH: Message = Message { name: "HTTP_INGRESS_PATH", fields: &[
    one(1, "path", Text),
    set(2, "backend", Message(&INGRESS_BACKEND)),
    set(3, "pathType", Text),
] };
pub static HTTP_INGRESS_RULE_VALUE: Message = Message { name: "HTTP_INGRESS_RULE_VALUE", fields: &[
    all(1, "paths", Message(&HTTP_INGRESS_PATH)),
] };
pub static IMAGE_VOLUME_SOURCE: Message = Message { name: "IMAGE_VOLUME_SOURCE", fields: &[
    one(1, "reference", Text),
    one(2, "pullPolicy", Text),
] };
pub static IMAGE_VOLUME_STATUS: Message = Message { name: "IMAGE_VOLUME_STATUS", fields: &[
    one(1, "imageRef", Text),
] };
pub static INGRESS: Message = Message { name: "INGRESS", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    set(2, "spec", Message(&INGRESS_SPEC)),
    set(3, "status", Message(&INGRESS_STATUS)),
] };
pub static INGRESS_BACKEND: Message = Message { name: "INGRESS_BACKEND", fields: &[
    set(3, "resource", Message(&TYPED_LOCAL_OBJECT_REFERENCE)),
    set(4, "service", Message(&INGRESS_SERVICE_BACKEND)),
] };
pub static INGRESS_CLASS: Message = Message { name: "INGRESS_CLASS", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    set(2, "spec", Message(&INGRESS_CLASS_SPEC)),
] };
pub static INGRESS_CLASS_PARAMETERS_REFERENCE: Message = Message { name: "INGRESS_CLASS_PARAMETERS_REFERENCE", fields: &[
    set(1, "apiGroup", Text),
    set(2, "kind", Text),
    set(3, "name", Text),
    set(4, "scope", Text),
    set(5, "namespace", Text),
] };
pub static INGRESS_CLASS_SPEC: Message = Message { name: "INGRESS_CLASS_SPEC", fields: &[
    one(1, "controller", Text),
    set(2, "parameters", Message(&INGRESS_CLASS_PARAMETERS_REFERENCE)),
] };
pub static INGRESS_LOAD_BALANCER_INGRESS: Message = Message { name: "INGRESS_LOAD_BALANCER_INGRESS", fields: &[
    one(1, "ip", Text),
    one(2, "hostname", Text),
    all(4, "ports", Message(&INGRESS_PORT_STATUS)),
] };
pub static INGRESS_LOAD_BALANCER_STATUS: Message = Message { name: "INGRESS_LOAD_BALANCER_STATUS", fields: &[
    all(1, "ingress", Message(&INGRESS_LOAD_BALANCER_INGRESS)),
] };
pub static INGRESS_PORT_STATUS: Message = Message { name: "INGRESS_PORT_STATUS", fields: &[
    set(1, "port", Int),
    set(2, "protocol", Text),
    set(3, "error", Text),
] };
pub static INGRESS_RULE: Message = Message { name: "INGRESS_RULE", fields: &[
    one(1, "host", Text),
    set(2, "", Inline(&INGRESS_RULE_VALUE)),
] };
pub static INGRESS_RULE_VALUE: Message = Message { name: "INGRESS_RULE_VALUE", fields: &[
    set(1, "http", Message(&HTTP_INGRESS_RULE_VALUE)),
] };
pub static INGRESS_SERVICE_BACKEND: Message = Message { name: "INGRESS_SERVICE_BACKEND", fields: &[
    set(1, "name", Text),
    set(2, "port", Message(&SERVICE_BACKEND_PORT)),
] };
pub static INGRESS_SPEC: Message = Message { name: "INGRESS_SPEC", fields: &[
    set(1, "defaultBackend", Message(&INGRESS_BACKEND)),
    all(2, "tls", Message(&INGRESS_TLS)),
    all(3, "rules", Message(&INGRESS_RULE)),
    set(4, "ingressClassName", Text),
] };
pub static INGRESS_STATUS: Message = Message { name: "INGRESS_STATUS", fields: &[
    set(1, "loadBalancer", Message(&INGRESS_LOAD_BALANCER_STATUS)),
] };
pub static INGRESS_TLS: Message = Message { name: "INGRESS_TLS", fields: &[
    all(1, "hosts", Text),
    one(2, "secretName", Text),
] };
pub static IP_BLOCK: Message = Message { name: "IP_BLOCK", fields: &[
    set(1, "cidr", Text),
    all(2, "except", Text),
] };
pub static ISCSI_PERSISTENT_VOLUME_SOURCE: Message = Message { name: "ISCSI_PERSISTENT_VOLUME_SOURCE", fields: &[
    set(1, "targetPortal", Text),
    set(2, "iqn", Text),
    set(3, "lun", Int),
    one(4, "iscsiInterface", Text),
    one(5, "fsType", Text),
    one(6, "readOnly", Bool),
    all(7, "portals", Text),
    one(8, "chapAuthDiscovery", Bool),
    set(10, "secretRef", Message(&SECRET_REFERENCE)),
    one(11, "chapAuthSession", Bool),
    set(12, "initiatorName", Text),
] };
pub static ISCSI_VOLUME_SOURCE: Message = Message { name: "ISCSI_VOLUME_SOURCE", fields: &[
    set(1, "targetPortal", Text),
    set(2, "iqn", Text),
    set(3, "lun", Int),
    one(4, "iscsiInterface", Text),
    one(5, "fsType", Text),
    one(6, "readOnly", Bool),
    all(7, "portals", Text),
    one(8, "chapAuthDiscovery", Bool),
    set(10, "secretRef", Message(&LOCAL_OBJECT_REFERENCE)),
    one(11, "chapAuthSession", Bool),
    set(12, "initiatorName", Text),
] };
pub static JOB: Message = Message { name: "JOB", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    set(2, "spec", Message(&JOB_SPEC)),
    set(3, "status", Message(&JOB_STATUS)),
] };
pub static JOB_CONDITION: Message = Message { name: "JOB_CONDITION", fields: &[
    set(1, "type", Text),
    set(2, "status", Text),
    set(3, "lastProbeTime", Time),
    set(4, "lastTransitionTime", Time),
    one(5, "reason", Text),
    one(6, "message", Text),
] };
pub static JOB_SPEC: Message = Message { name: "JOB_SPEC", fields: &[
    set(1, "parallelism", Int),
    set(2, "completions", Int),
    set(3, "activeDeadlineSeconds", Int),
    set(4, "selector", Message(&LABEL_SELECTOR)),
    set(5, "manualSelector", Bool),
    set(6, "template", Message(&POD_TEMPLATE_SPEC)),
    set(7, "backoffLimit", Int),
    set(8, "ttlSecondsAfterFinished", Int),
    set(9, "completionMode", Text),
    set(10, "suspend", Bool),
    set(11, "podFailurePolicy", Message(&POD_FAILURE_POLICY)),
    set(12, "backoffLimitPerIndex", Int),
    set(13, "maxFailedIndexes", Int),
    set(14, "podReplacementPolicy", Text),
    set(15, "managedBy", Text),
    set(16, "successPolicy", Message(&SUCCESS_POLICY)),
] };
pub static JOB_STATUS: Message = Message { name: "JOB_STATUS", fields: &[
    all(1, "conditions", Message(&JOB_CONDITION)),
    set(2, "startTime", Time),
    set(3, "completionTime", Time),
    one(4, "active", Int),
    one(5, "succeeded", Int),
    one(6, "failed", Int),
    one(7, "completedIndexes", Text),
    set(8, "uncountedTerminatedPods", Message(&UNCOUNTED_TERMINATED_PODS)),
    set(9, "ready", Int),
    set(10, "failedIndexes", Text),
    set(11, "terminating", Int),
] };
pub static JOB_TEMPLATE_SPEC: Message = Message { name: "JOB_TEMPLATE_SPEC", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    set(2, "spec", Message(&JOB_SPEC)),
] };
pub static KEY_TO_PATH: Message = Message { name: "KEY_TO_PATH", fields: &[
    set(1, "key", Text),
    set(2, "path", Text),
    set(3, "mode", Int),
] };
pub static LABEL_SELECTOR: Message = Message { name: "LABEL_SELECTOR", fields: &[
    one(1, "matchLabels", Map(&Text)),
    all(2, "matchExpressions", Message(&LABEL_SELECTOR_REQUIREMENT)),
] };
pub static LABEL_SELECTOR_REQUIREMENT: Message = Message { name: "LABEL_SELECTOR_REQUIREMENT", fields: &[
    set(1, "key", Text),
    set(2, "operator", Text),
    all(3, "values", Text),
] };
pub static LEASE: Message = Message { name: "LEASE", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    set(2, "spec", Message(&LEASE_SPEC)),
] };
pub static LEASE_SPEC: Message = Message { name: "LEASE_SPEC", fields: &[
    set(1, "holderIdentity", Text),
    set(2, "leaseDurationSeconds", Int),
    set(3, "acquireTime", MicroTime),
    set(4, "renewTime", MicroTime),
    set(5, "leaseTransitions", Int),
    set(6, "strategy", Text),
    set(7, "preferredHolder", Text),
] };
pub static LIFECYCLE: Message = Message { name: "LIFECYCLE", fields: &[
    set(1, "postStart", Message(&LIFECYCLE_HANDLER)),
    set(2, "preStop", Message(&LIFECYCLE_HANDLER)),
    set(3, "stopSignal", Text),
] };
pub static LIFECYCLE_HANDLER: Message = Message { name: "LIFECYCLE_HANDLER", fields: &[
    set(1, "exec", Message(&EXEC_ACTION)),
    set(2, "httpGet", Message(&HTTP_GET_ACTION)),
    set(3, "tcpSocket", Message(&TCP_SOCKET_ACTION)),
    set(4, "sleep", Message(&SLEEP_ACTION)),
] };
pub static LIMIT_RANGE: Message = Message { name: "LIMIT_RANGE", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    set(2, "spec", Message(&LIMIT_RANGE_SPEC)),
] };
pub static LIMIT_RANGE_ITEM: Message = Message { name: "LIMIT_RANGE_ITEM", fields: &[
    set(1, "type", Text),
    one(2, "max", Map(&Quantity)),
    one(3, "min", Map(&Quantity)),
    one(4, "default", Map(&Quantity)),
    one(5, "defaultRequest", Map(&Quantity)),
    one(6, "maxLimitRequestRatio", Map(&Quantity)),
] };
pub static LIMIT_RANGE_SPEC: Message = Message { name: "LIMIT_RANGE_SPEC", fields: &[
    all(1, "limits", Message(&LIMIT_RANGE_ITEM)),
] };
pub static LINUX_CONTAINER_USER: Message = Message { name: "LINUX_CONTAINER_USER", fields: &[
    set(1, "uid", Int),
    set(2, "gid", Int),
    all(3, "supplementalGroups", Int),
] };
pub static LIST_META: Message = Message { name: "LIST_META", fields: &[
    one(1, "selfLink", Text),
    one(2, "resourceVersion", Text),
    one(3, "continue", Text),
    set(4, "remainingItemCount", Int),
    set(5, "shardInfo", Message(&SHARD_INFO)),
] };
pub static LOAD_BALANCER_INGRESS: Message = Message { name: "LOAD_BALANCER_INGRESS", fields: &[
    one(1, "ip", Text),
    one(2, "hostname", Text),
    set(3, "ipMode", Text),
    all(4, "ports", Message(&PORT_STATUS)),
] };
pub static LOAD_BALANCER_STATUS: Message = Message { name: "LOAD_BALANCER_STATUS", fields: &[
    all(1, "ingress", Message(&LOAD_BALANCER_INGRESS)),
] };
pub static LOCAL_OBJECT_REFERENCE: Message = Message { name: "LOCAL_OBJECT_REFERENCE", fields: &[
    one(1, "name", Text),
] };
pub static LOCAL_VOLUME_SOURCE: Message = Message { name: "LOCAL_VOLUME_SOURCE", fields: &[
    set(1, "path", Text),
    set(2, "fsType", Text),
] };
pub static MANAGED_FIELDS_ENTRY: Message = Message { name: "MANAGED_FIELDS_ENTRY", fields: &[
    one(1, "manager", Text),
    one(2, "operation", Text),
    one(3, "apiVersion", Text),
    set(4, "time", Time),
    one(6, "fieldsType", Text),
    set(7, "fieldsV1", Skip),
    one(8, "subresource", Text),
] };
pub static MATCH_CONDITION: Message = Message { name: "MATCH_CONDITION", fields: &[
    set(1, "name", Text),
    set(2, "expression", Text),
] };
pub static MATCH_RESOURCES: Message = Message { name: "MATCH_RESOURCES", fields: &[
    set(1, "namespaceSelector", Message(&LABEL_SELECTOR)),
    set(2, "objectSelector", Message(&LABEL_SELECTOR)),
    all(3, "resourceRules", Message(&NAMED_RULE_WITH_OPERATIONS)),
    all(4, "excludeResourceRules", Message(&NAMED_RULE_WITH_OPERATIONS)),
    set(7, "matchPolicy", Text),
] };
pub static METRIC_IDENTIFIER: Message = Message { name: "METRIC_IDENTIFIER", fields: &[
    set(1, "name", Text),
    set(2, "selector", Message(&LABEL_SELECTOR)),
] };
pub static METRIC_SPEC: Message = Message { name: "METRIC_SPEC", fields: &[
    set(1, "type", Text),
    set(2, "object", Message(&OBJECT_METRIC_SOURCE)),
    set(3, "pods", Message(&PODS_METRIC_SOURCE)),
    set(4, "resource", Message(&RESOURCE_METRIC_SOURCE)),
    set(5, "external", Message(&EXTERNAL_METRIC_SOURCE)),
    set(7, "containerResource", Message(&CONTAINER_RESOURCE_METRIC_SOURCE)),
] };
pub static METRIC_STATUS: Message = Message { name: "METRIC_STATUS", fields: &[
    set(1, "type", Text),
    set(2, "object", Message(&OBJECT_METRIC_STATUS)),
    set(3, "pods", Message(&PODS_METRIC_STATUS)),
    set(4, "resource", Message(&RESOURCE_METRIC_STATUS)),
    set(5, "external", Message(&EXTERNAL_METRIC_STATUS)),
    set(7, "containerResource", Message(&CONTAINER_RESOURCE_METRIC_STATUS)),
] };
pub static METRIC_TARGET: Message = Message { name: "METRIC_TARGET", fields: &[
    set(1, "type", Text),
    set(2, "value", Quantity),
    set(3, "averageValue", Quantity),
    set(4, "averageUtilization", Int),
] };
pub static METRIC_VALUE_STATUS: Message = Message { name: "METRIC_VALUE_STATUS", fields: &[
    set(1, "value", Quantity),
    set(2, "averageValue", Quantity),
    set(3, "averageUtilization", Int),
] };
pub static MODIFY_VOLUME_STATUS: Message = Message { name: "MODIFY_VOLUME_STATUS", fields: &[
    one(1, "targetVolumeAttributesClassName", Text),
    set(2, "status", Text),
] };
pub static MUTATING_WEBHOOK: Message = Message { name: "MUTATING_WEBHOOK", fields: &[
    set(1, "name", Text),
    set(2, "clientConfig", Message(&WEBHOOK_CLIENT_CONFIG)),
    all(3, "rules", Message(&RULE_WITH_OPERATIONS)),
    set(4, "failurePolicy", Text),
    set(5, "namespaceSelector", Message(&LABEL_SELECTOR)),
    set(6, "sideEffects", Text),
    set(7, "timeoutSeconds", Int),
    all(8, "admissionReviewVersions", Text),
    set(9, "matchPolicy", Text),
    set(10, "reinvocationPolicy", Text),
    set(11, "objectSelector", Message(&LABEL_SELECTOR)),
    all(12, "matchConditions", Message(&MATCH_CONDITION)),
] };
pub static MUTATING_WEBHOOK_CONFIGURATION: Message = Message { name: "MUTATING_WEBHOOK_CONFIGURATION", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    all(2, "webhooks", Message(&MUTATING_WEBHOOK)),
] };
pub static NAMED_RULE_WITH_OPERATIONS: Message = Message { name: "NAMED_RULE_WITH_OPERATIONS", fields: &[
    all(1, "resourceNames", Text),
    set(2, "", Inline(&RULE_WITH_OPERATIONS)),
] };
pub static NAMESPACE: Message = Message { name: "NAMESPACE", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    set(2, "spec", Message(&NAMESPACE_SPEC)),
    set(3, "status", Message(&NAMESPACE_STATUS)),
] };
pub static NAMESPACE_CONDITION: Message = Message { name: "NAMESPACE_CONDITION", fields: &[
    set(1, "type", Text),
    set(2, "status", Text),
    set(4, "lastTransitionTime", Time),
    one(5, "reason", Text),
    one(6, "message", Text),
] };
pub static NAMESPACE_SPEC: Message = Message { name: "NAMESPACE_SPEC", fields: &[
    all(1, "finalizers", Text),
] };
pub static NAMESPACE_STATUS: Message = Message { name: "NAMESPACE_STATUS", fields: &[
    one(1, "phase", Text),
    all(2, "conditions", Message(&NAMESPACE_CONDITION)),
] };
pub static NETWORK_POLICY: Message = Message { name: "NETWORK_POLICY", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    set(2, "spec", Message(&NETWORK_POLICY_SPEC)),
] };
pub static NETWORK_POLICY_EGRESS_RULE: Message = Message { name: "NETWORK_POLICY_EGRESS_RULE", fields: &[
    all(1, "ports", Message(&NETWORK_POLICY_PORT)),
    all(2, "to", Message(&NETWORK_POLICY_PEER)),
] };
pub static NETWORK_POLICY_INGRESS_RULE: Message = Message { name: "NETWORK_POLICY_INGRESS_RULE", fields: &[
    all(1, "ports", Message(&NETWORK_POLICY_PORT)),
    all(2, "from", Message(&NETWORK_POLICY_PEER)),
] };
pub static NETWORK_POLICY_PEER: Message = Message { name: "NETWORK_POLICY_PEER", fields: &[
    set(1, "podSelector", Message(&LABEL_SELECTOR)),
    set(2, "namespaceSelector", Message(&LABEL_SELECTOR)),
    set(3, "ipBlock", Message(&IP_BLOCK)),
] };
pub static NETWORK_POLICY_PORT: Message = Message { name: "NETWORK_POLICY_PORT", fields: &[
    set(1, "protocol", Text),
    set(2, "port", IntOrString),
    set(3, "endPort", Int),
] };
pub static NETWORK_POLICY_SPEC: Message = Message { name: "NETWORK_POLICY_SPEC", fields: &[
    set(1, "podSelector", Message(&LABEL_SELECTOR)),
    all(2, "ingress", Message(&NETWORK_POLICY_INGRESS_RULE)),
    all(3, "egress", Message(&NETWORK_POLICY_EGRESS_RULE)),
    all(4, "policyTypes", Text),
] };
pub static NFS_VOLUME_SOURCE: Message = Message { name: "NFS_VOLUME_SOURCE", fields: &[
    set(1, "server", Text),
    set(2, "path", Text),
    one(3, "readOnly", Bool),
] };
pub static NODE: Message = Message { name: "NODE", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    set(2, "spec", Message(&NODE_SPEC)),
    set(3, "status", Message(&NODE_STATUS)),
] };
pub static NODE_ADDRESS: Message = Message { name: "NODE_ADDRESS", fields: &[
    set(1, "type", Text),
    set(2, "address", Text),
] };
pub static NODE_AFFINITY: Message = Message { name: "NODE_AFFINITY", fields: &[
    set(1, "requiredDuringSchedulingIgnoredDuringExecution", Message(&NODE_SELECTOR)),
    all(2, "preferredDuringSchedulingIgnoredDuringExecution", Message(&PREFERRED_SCHEDULING_TERM)),
] };
pub static NODE_ALLOCATABLE_RESOURCE_CLAIM_STATUS: Message = Message { name: "NODE_ALLOCATABLE_RESOURCE_CLAIM_STATUS", fields: &[
    set(1, "resourceClaimName", Text),
    all(2, "containers", Text),
    set(3, "resources", Map(&Quantity)),
] };
pub static NODE_CONDITION: Message = Message { name: "NODE_CONDITION", fields: &[
    set(1, "type", Text),
    set(2, "status", Text),
    set(3, "lastHeartbeatTime", Time),
    set(4, "lastTransitionTime", Time),
    one(5, "reason", Text),
    one(6, "message", Text),
] };
pub static NODE_CONFIG_SOURCE: Message = Message { name: "NODE_CONFIG_SOURCE", fields: &[
    set(2, "configMap", Message(&CONFIG_MAP_NODE_CONFIG_SOURCE)),
] };
pub static NODE_CONFIG_STATUS: Message = Message { name: "NODE_CONFIG_STATUS", fields: &[
    set(1, "assigned", Message(&NODE_CONFIG_SOURCE)),
    set(2, "active", Message(&NODE_CONFIG_SOURCE)),
    set(3, "lastKnownGood", Message(&NODE_CONFIG_SOURCE)),
    one(4, "error", Text),
] };
pub static NODE_DAEMON_ENDPOINTS: Message = Message { name: "NODE_DAEMON_ENDPOINTS", fields: &[
    set(1, "kubeletEndpoint", Message(&DAEMON_ENDPOINT)),
] };
pub static NODE_FEATURES: Message = Message { name: "NODE_FEATURES", fields: &[
    set(1, "supplementalGroupsPolicy", Bool),
] };
pub static NODE_RUNTIME_HANDLER: Message = Message { name: "NODE_RUNTIME_HANDLER", fields: &[
    set(1, "name", Text),
    set(2, "features", Message(&NODE_RUNTIME_HANDLER_FEATURES)),
] };
pub static NODE_RUNTIME_HANDLER_FEATURES: Message = Message { name: "NODE_RUNTIME_HANDLER_FEATURES", fields: &[
    set(1, "recursiveReadOnlyMounts", Bool),
    set(2, "userNamespaces", Bool),
] };
pub static NODE_SELECTOR: Message = Message { name: "NODE_SELECTOR", fields: &[
    all(1, "nodeSelectorTerms", Message(&NODE_SELECTOR_TERM)),
] };
pub static NODE_SELECTOR_REQUIREMENT: Message = Message { name: "NODE_SELECTOR_REQUIREMENT", fields: &[
    set(1, "key", Text),
    set(2, "operator", Text),
    all(3, "values", Text),
] };
pub static NODE_SELECTOR_TERM: Message = Message { name: "NODE_SELECTOR_TERM", fields: &[
    all(1, "matchExpressions", Message(&NODE_SELECTOR_REQUIREMENT)),
    all(2, "matchFields", Message(&NODE_SELECTOR_REQUIREMENT)),
] };
pub static NODE_SPEC: Message = Message { name: "NODE_SPEC", fields: &[
    one(1, "podCIDR", Text),
    one(2, "externalID", Text),
    one(3, "providerID", Text),
    one(4, "unschedulable", Bool),
    all(5, "taints", Message(&TAINT)),
    set(6, "configSource", Message(&NODE_CONFIG_SOURCE)),
    all(7, "podCIDRs", Text),
] };
pub static NODE_STATUS: Message = Message { name: "NODE_STATUS", fields: &[
    one(1, "capacity", Map(&Quantity)),
    one(2, "allocatable", Map(&Quantity)),
    one(3, "phase", Text),
    all(4, "conditions", Message(&NODE_CONDITION)),
    all(5, "addresses", Message(&NODE_ADDRESS)),
    set(6, "daemonEndpoints", Message(&NODE_DAEMON_ENDPOINTS)),
    set(7, "nodeInfo", Message(&NODE_SYSTEM_INFO)),
    all(8, "images", Message(&CONTAINER_IMAGE)),
    all(9, "volumesInUse", Text),
    all(10, "volumesAttached", Message(&ATTACHED_VOLUME)),
    set(11, "config", Message(&NODE_CONFIG_STATUS)),
    all(12, "runtimeHandlers", Message(&NODE_RUNTIME_HANDLER)),
    set(13, "features", Message(&NODE_FEATURES)),
    all(14, "declaredFeatures", Text),
] };
pub static NODE_SWAP_STATUS: Message = Message { name: "NODE_SWAP_STATUS", fields: &[
    set(1, "capacity", Int),
] };
pub static NODE_SYSTEM_INFO: Message = Message { name: "NODE_SYSTEM_INFO", fields: &[
    set(1, "machineID", Text),
    set(2, "systemUUID", Text),
    set(3, "bootID", Text),
    set(4, "kernelVersion", Text),
    set(5, "osImage", Text),
    set(6, "containerRuntimeVersion", Text),
    set(7, "kubeletVersion", Text),
    set(8, "kubeProxyVersion", Text),
    set(9, "operatingSystem", Text),
    set(10, "architecture", Text),
    set(11, "swap", Message(&NODE_SWAP_STATUS)),
] };
pub static OBJECT_FIELD_SELECTOR: Message = Message { name: "OBJECT_FIELD_SELECTOR", fields: &[
    one(1, "apiVersion", Text),
    set(2, "fieldPath", Text),
] };
pub static OBJECT_META: Message = Message { name: "OBJECT_META", fields: &[
    one(1, "name", Text),
    one(2, "generateName", Text),
    one(3, "namespace", Text),
    one(4, "selfLink", Text),
    one(5, "uid", Text),
    one(6, "resourceVersion", Text),
    one(7, "generation", Int),
    one(8, "creationTimestamp", Time),
    set(9, "deletionTimestamp", Time),
    set(10, "deletionGracePeriodSeconds", Int),
    one(11, "labels", Map(&Text)),
    one(12, "annotations", Map(&Text)),
    all(13, "ownerReferences", Message(&OWNER_REFERENCE)),
    all(14, "finalizers", Text),
    all(17, "managedFields", Message(&MANAGED_FIELDS_ENTRY)),
] };
pub static OBJECT_METRIC_SOURCE: Message = Message { name: "OBJECT_METRIC_SOURCE", fields: &[
    set(1, "describedObject", Message(&CROSS_VERSION_OBJECT_REFERENCE)),
    set(2, "target", Message(&METRIC_TARGET)),
    set(3, "metric", Message(&METRIC_IDENTIFIER)),
] };
pub static OBJECT_METRIC_STATUS: Message = Message { name: "OBJECT_METRIC_STATUS", fields: &[
    set(1, "metric", Message(&METRIC_IDENTIFIER)),
    set(2, "current", Message(&METRIC_VALUE_STATUS)),
    set(3, "describedObject", Message(&CROSS_VERSION_OBJECT_REFERENCE)),
] };
pub static OBJECT_REFERENCE: Message = Message { name: "OBJECT_REFERENCE", fields: &[
    one(1, "kind", Text),
    one(2, "namespace", Text),
    one(3, "name", Text),
    one(4, "uid", Text),
    one(5, "apiVersion", Text),
    one(6, "resourceVersion", Text),
    one(7, "fieldPath", Text),
] };
pub static OWNER_REFERENCE: Message = Message { name: "OWNER_REFERENCE", fields: &[
    set(1, "kind", Text),
    set(3, "name", Text),
    set(4, "uid", Text),
    set(5, "apiVersion", Text),
    set(6, "controller", Bool),
    set(7, "blockOwnerDeletion", Bool),
] };
pub static PARAM_KIND: Message = Message { name: "PARAM_KIND", fields: &[
    one(1, "apiVersion", Text),
    one(2, "kind", Text),
] };
pub static PARAM_REF: Message = Message { name: "PARAM_REF", fields: &[
    one(1, "name", Text),
    one(2, "namespace", Text),
    set(3, "selector", Message(&LABEL_SELECTOR)),
    set(4, "parameterNotFoundAction", Text),
] };
pub static PERSISTENT_VOLUME: Message = Message { name: "PERSISTENT_VOLUME", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    set(2, "spec", Message(&PERSISTENT_VOLUME_SPEC)),
    set(3, "status", Message(&PERSISTENT_VOLUME_STATUS)),
] };
pub static PERSISTENT_VOLUME_CLAIM: Message = Message { name: "PERSISTENT_VOLUME_CLAIM", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    set(2, "spec", Message(&PERSISTENT_VOLUME_CLAIM_SPEC)),
    set(3, "status", Message(&PERSISTENT_VOLUME_CLAIM_STATUS)),
] };
pub static PERSISTENT_VOLUME_CLAIM_CONDITION: Message = Message { name: "PERSISTENT_VOLUME_CLAIM_CONDITION", fields: &[
    set(1, "type", Text),
    set(2, "status", Text),
    set(3, "lastProbeTime", Time),
    set(4, "lastTransitionTime", Time),
    one(5, "reason", Text),
    one(6, "message", Text),
] };
pub static PERSISTENT_VOLUME_CLAIM_SPEC: Message = Message { name: "PERSISTENT_VOLUME_CLAIM_SPEC", fields: &[
    all(1, "accessModes", Text),
    set(2, "resources", Message(&VOLUME_RESOURCE_REQUIREMENTS)),
    one(3, "volumeName", Text),
    set(4, "selector", Message(&LABEL_SELECTOR)),
    set(5, "storageClassName", Text),
    set(6, "volumeMode", Text),
    set(7, "dataSource", Message(&TYPED_LOCAL_OBJECT_REFERENCE)),
    set(8, "dataSourceRef", Message(&TYPED_OBJECT_REFERENCE)),
    set(9, "volumeAttributesClassName", Text),
] };
pub static PERSISTENT_VOLUME_CLAIM_STATUS: Message = Message { name: "PERSISTENT_VOLUME_CLAIM_STATUS", fields: &[
    one(1, "phase", Text),
    all(2, "accessModes", Text),
    one(3, "capacity", Map(&Quantity)),
    all(4, "conditions", Message(&PERSISTENT_VOLUME_CLAIM_CONDITION)),
    one(5, "allocatedResources", Map(&Quantity)),
    one(7, "allocatedResourceStatuses", Map(&Text)),
    set(8, "currentVolumeAttributesClassName", Text),
    set(9, "modifyVolumeStatus", Message(&MODIFY_VOLUME_STATUS)),
] };
pub static PERSISTENT_VOLUME_CLAIM_TEMPLATE: Message = Message { name: "PERSISTENT_VOLUME_CLAIM_TEMPLATE", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    set(2, "spec", Message(&PERSISTENT_VOLUME_CLAIM_SPEC)),
] };
pub static PERSISTENT_VOLUME_CLAIM_VOLUME_SOURCE: Message = Message { name: "PERSISTENT_VOLUME_CLAIM_VOLUME_SOURCE", fields: &[
    set(1, "claimName", Text),
    one(2, "readOnly", Bool),
] };
pub static PERSISTENT_VOLUME_SOURCE: Message = Message { name: "PERSISTENT_VOLUME_SOURCE", fields: &[
    set(1, "gcePersistentDisk", Message(&GCE_PERSISTENT_DISK_VOLUME_SOURCE)),
    set(2, "awsElasticBlockStore", Message(&AWS_ELASTIC_BLOCK_STORE_VOLUME_SOURCE)),
    set(3, "hostPath", Message(&HOST_PATH_VOLUME_SOURCE)),
    set(4, "glusterfs", Message(&GLUSTERFS_PERSISTENT_VOLUME_SOURCE)),
    set(5, "nfs", Message(&NFS_VOLUME_SOURCE)),
    set(6, "rbd", Message(&RBD_PERSISTENT_VOLUME_SOURCE)),
    set(7, "iscsi", Message(&ISCSI_PERSISTENT_VOLUME_SOURCE)),
    set(8, "cinder", Message(&CINDER_PERSISTENT_VOLUME_SOURCE)),
    set(9, "cephfs", Message(&CEPH_FS_PERSISTENT_VOLUME_SOURCE)),
    set(10, "fc", Message(&FC_VOLUME_SOURCE)),
    set(11, "flocker", Message(&FLOCKER_VOLUME_SOURCE)),
    set(12, "flexVolume", Message(&FLEX_PERSISTENT_VOLUME_SOURCE)),
    set(13, "azureFile", Message(&AZURE_FILE_PERSISTENT_VOLUME_SOURCE)),
    set(14, "vsphereVolume", Message(&VSPHERE_VIRTUAL_DISK_VOLUME_SOURCE)),
    set(15, "quobyte", Message(&QUOBYTE_VOLUME_SOURCE)),
    set(16, "azureDisk", Message(&AZURE_DISK_VOLUME_SOURCE)),
    set(17, "photonPersistentDisk", Message(&PHOTON_PERSISTENT_DISK_VOLUME_SOURCE)),
    set(18, "portworxVolume", Message(&PORTWORX_VOLUME_SOURCE)),
    set(19, "scaleIO", Message(&SCALE_IO_PERSISTENT_VOLUME_SOURCE)),
    set(20, "local", Message(&LOCAL_VOLUME_SOURCE)),
    set(21, "storageos", Message(&STORAGE_OS_PERSISTENT_VOLUME_SOURCE)),
    set(22, "csi", Message(&CSI_PERSISTENT_VOLUME_SOURCE)),
] };
pub static PERSISTENT_VOLUME_SPEC: Message = Message { name: "PERSISTENT_VOLUME_SPEC", fields: &[
    one(1, "capacity", Map(&Quantity)),
    set(2, "", Inline(&PERSISTENT_VOLUME_SOURCE)),
    all(3, "accessModes", Text),
    set(4, "claimRef", Message(&OBJECT_REFERENCE)),
    one(5, "persistentVolumeReclaimPolicy", Text),
    one(6, "storageClassName", Text),
    all(7, "mountOptions", Text),
    set(8, "volumeMode", Text),
    set(9, "nodeAffinity", Message(&VOLUME_NODE_AFFINITY)),
    set(10, "volumeAttributesClassName", Text),
] };
pub static PERSISTENT_VOLUME_STATUS: Message = Message { name: "PERSISTENT_VOLUME_STATUS", fields: &[
    one(1, "phase", Text),
    one(2, "message", Text),
    one(3, "reason", Text),
    set(4, "lastPhaseTransitionTime", Time),
] };
pub static PHOTON_PERSISTENT_DISK_VOLUME_SOURCE: Message = Message { name: "PHOTON_PERSISTENT_DISK_VOLUME_SOURCE", fields: &[
    set(1, "pdID", Text),
    one(2, "fsType", Text),
] };
pub static POD: Message = Message { name: "POD", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    set(2, "spec", Message(&POD_SPEC)),
    set(3, "status", Message(&POD_STATUS)),
] };
pub static PODS_METRIC_SOURCE: Message = Message { name: "PODS_METRIC_SOURCE", fields: &[
    set(1, "metric", Message(&METRIC_IDENTIFIER)),
    set(2, "target", Message(&METRIC_TARGET)),
] };
pub static PODS_METRIC_STATUS: Message = Message { name: "PODS_METRIC_STATUS", fields: &[
    set(1, "metric", Message(&METRIC_IDENTIFIER)),
    set(2, "current", Message(&METRIC_VALUE_STATUS)),
] };
pub static POD_AFFINITY: Message = Message { name: "POD_AFFINITY", fields: &[
    all(1, "requiredDuringSchedulingIgnoredDuringExecution", Message(&POD_AFFINITY_TERM)),
    all(2, "preferredDuringSchedulingIgnoredDuringExecution", Message(&WEIGHTED_POD_AFFINITY_TERM)),
] };
pub static POD_AFFINITY_TERM: Message = Message { name: "POD_AFFINITY_TERM", fields: &[
    set(1, "labelSelector", Message(&LABEL_SELECTOR)),
    all(2, "namespaces", Text),
    set(3, "topologyKey", Text),
    set(4, "namespaceSelector", Message(&LABEL_SELECTOR)),
    all(5, "matchLabelKeys", Text),
    all(6, "mismatchLabelKeys", Text),
] };
pub static POD_ANTI_AFFINITY: Message = Message { name: "POD_ANTI_AFFINITY", fields: &[
    all(1, "requiredDuringSchedulingIgnoredDuringExecution", Message(&POD_AFFINITY_TERM)),
    all(2, "preferredDuringSchedulingIgnoredDuringExecution", Message(&WEIGHTED_POD_AFFINITY_TERM)),
] };
pub static POD_CERTIFICATE_PROJECTION: Message = Message { name: "POD_CERTIFICATE_PROJECTION", fields: &[
    one(1, "signerName", Text),
    one(2, "keyType", Text),
    set(3, "maxExpirationSeconds", Int),
    one(4, "credentialBundlePath", Text),
    one(5, "keyPath", Text),
    one(6, "certificateChainPath", Text),
    one(7, "userAnnotations", Map(&Text)),
] };
pub static POD_CONDITION: Message = Message { name: "POD_CONDITION", fields: &[
    set(1, "type", Text),
    set(2, "status", Text),
    set(3, "lastProbeTime", Time),
    set(4, "lastTransitionTime", Time),
    one(5, "reason", Text),
    one(6, "message", Text),
    one(7, "observedGeneration", Int),
] };
pub static POD_DISRUPTION_BUDGET: Message = Message { name: "POD_DISRUPTION_BUDGET", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    set(2, "spec", Message(&POD_DISRUPTION_BUDGET_SPEC)),
    set(3, "status", Message(&POD_DISRUPTION_BUDGET_STATUS)),
] };
pub static POD_DISRUPTION_BUDGET_SPEC: Message = Message { name: "POD_DISRUPTION_BUDGET_SPEC", fields: &[
    set(1, "minAvailable", IntOrString),
    set(2, "selector", Message(&LABEL_SELECTOR)),
    set(3, "maxUnavailable", IntOrString),
    set(4, "unhealthyPodEvictionPolicy", Text),
] };
pub static POD_DISRUPTION_BUDGET_STATUS: Message = Message { name: "POD_DISRUPTION_BUDGET_STATUS", fields: &[
    one(1, "observedGeneration", Int),
    one(2, "disruptedPods", Map(&Time)),
    set(3, "disruptionsAllowed", Int),
    set(4, "currentHealthy", Int),
    set(5, "desiredHealthy", Int),
    set(6, "expectedPods", Int),
    all(7, "conditions", Message(&CONDITION)),
] };
pub static POD_DNS_CONFIG: Message = Message { name: "POD_DNS_CONFIG", fields: &[
    all(1, "nameservers", Text),
    all(2, "searches", Text),
    all(3, "options", Message(&POD_DNS_CONFIG_OPTION)),
] };
pub static POD_DNS_CONFIG_OPTION: Message = Message { name: "POD_DNS_CONFIG_OPTION", fields: &[
    one(1, "name", Text),
    set(2, "value", Text),
] };
pub static POD_EXTENDED_RESOURCE_CLAIM_STATUS: Message = Message { name: "POD_EXTENDED_RESOURCE_CLAIM_STATUS", fields: &[
    all(1, "requestMappings", Message(&CONTAINER_EXTENDED_RESOURCE_REQUEST)),
    set(2, "resourceClaimName", Text),
] };
pub static POD_FAILURE_POLICY: Message = Message { name: "POD_FAILURE_POLICY", fields: &[
    all(1, "rules", Message(&POD_FAILURE_POLICY_RULE)),
] };
pub static POD_FAILURE_POLICY_ON_EXIT_CODES_REQUIREMENT: Message = Message { name: "POD_FAILURE_POLICY_ON_EXIT_CODES_REQUIREMENT", fields: &[
    set(1, "containerName", Text),
    set(2, "operator", Text),
    all(3, "values", Int),
] };
pub static POD_FAILURE_POLICY_ON_POD_CONDITIONS_PATTERN: Message = Message { name: "POD_FAILURE_POLICY_ON_POD_CONDITIONS_PATTERN", fields: &[
    set(1, "type", Text),
    set(2, "status", Text),
] };
pub static POD_FAILURE_POLICY_RULE: Message = Message { name: "POD_FAILURE_POLICY_RULE", fields: &[
    set(1, "action", Text),
    set(2, "onExitCodes", Message(&POD_FAILURE_POLICY_ON_EXIT_CODES_REQUIREMENT)),
    all(3, "onPodConditions", Message(&POD_FAILURE_POLICY_ON_POD_CONDITIONS_PATTERN)),
] };
pub static POD_IP: Message = Message { name: "POD_IP", fields: &[
    set(1, "ip", Text),
] };
pub static POD_OS: Message = Message { name: "POD_OS", fields: &[
    set(1, "name", Text),
] };
pub static POD_READINESS_GATE: Message = Message { name: "POD_READINESS_GATE", fields: &[
    set(1, "conditionType", Text),
] };
pub static POD_RESOURCE_CLAIM: Message = Message { name: "POD_RESOURCE_CLAIM", fields: &[
    set(1, "name", Text),
    set(3, "resourceClaimName", Text),
    set(4, "resourceClaimTemplateName", Text),
] };
pub static POD_RESOURCE_CLAIM_STATUS: Message = Message { name: "POD_RESOURCE_CLAIM_STATUS", fields: &[
    set(1, "name", Text),
    set(2, "resourceClaimName", Text),
] };
pub static POD_SCHEDULING_GATE: Message = Message { name: "POD_SCHEDULING_GATE", fields: &[
    set(1, "name", Text),
] };
pub static POD_SCHEDULING_GROUP: Message = Message { name: "POD_SCHEDULING_GROUP", fields: &[
    set(1, "podGroupName", Text),
] };
pub static POD_SECURITY_CONTEXT: Message = Message { name: "POD_SECURITY_CONTEXT", fields: &[
    set(1, "seLinuxOptions", Message(&SE_LINUX_OPTIONS)),
    set(2, "runAsUser", Int),
    set(3, "runAsNonRoot", Bool),
    all(4, "supplementalGroups", Int),
    set(5, "fsGroup", Int),
    set(6, "runAsGroup", Int),
    all(7, "sysctls", Message(&SYSCTL)),
    set(8, "windowsOptions", Message(&WINDOWS_SECURITY_CONTEXT_OPTIONS)),
    set(9, "fsGroupChangePolicy", Text),
    set(10, "seccompProfile", Message(&SECCOMP_PROFILE)),
    set(11, "appArmorProfile", Message(&APP_ARMOR_PROFILE)),
    set(12, "supplementalGroupsPolicy", Text),
    set(13, "seLinuxChangePolicy", Text),
] };
pub static POD_SPEC: Message = Message { name: "POD_SPEC", fields: &[
    all(1, "volumes", Message(&VOLUME)),
    all(2, "containers", Message(&CONTAINER)),
    one(3, "restartPolicy", Text),
    set(4, "terminationGracePeriodSeconds", Int),
    set(5, "activeDeadlineSeconds", Int),
    one(6, "dnsPolicy", Text),
    one(7, "nodeSelector", Map(&Text)),
    one(8, "serviceAccountName", Text),
    one(9, "serviceAccount", Text),
    one(10, "nodeName", Text),
    one(11, "hostNetwork", Bool),
    one(12, "hostPID", Bool),
    one(13, "hostIPC", Bool),
    set(14, "securityContext", Message(&POD_SECURITY_CONTEXT)),
    all(15, "imagePullSecrets", Message(&LOCAL_OBJECT_REFERENCE)),
    one(16, "hostname", Text),
    one(17, "subdomain", Text),
    set(18, "affinity", Message(&AFFINITY)),
    one(19, "schedulerName", Text),
    all(20, "initContainers", Message(&CONTAINER)),
    set(21, "automountServiceAccountToken", Bool),
    all(22, "tolerations", Message(&TOLERATION)),
    all(23, "hostAliases", Message(&HOST_ALIAS)),
    one(24, "priorityClassName", Text),
    set(25, "priority", Int),
    set(26, "dnsConfig", Message(&POD_DNS_CONFIG)),
    set(27, "shareProcessNamespace", Bool),
    all(28, "readinessGates", Message(&POD_READINESS_GATE)),
    set(29, "runtimeClassName", Text),
    set(30, "enableServiceLinks", Bool),
    set(31, "preemptionPolicy", Text),
    one(32, "overhead", Map(&Quantity)),
    all(33, "topologySpreadConstraints", Message(&TOPOLOGY_SPREAD_CONSTRAINT)),
    all(34, "ephemeralContainers", Message(&EPHEMERAL_CONTAINER)),
    set(35, "setHostnameAsFQDN", Bool),
    set(36, "os", Message(&POD_OS)),
    set(37, "hostUsers", Bool),
    all(38, "schedulingGates", Message(&POD_SCHEDULING_GATE)),
    all(39, "resourceClaims", Message(&POD_RESOURCE_CLAIM)),
    set(40, "resources", Message(&RESOURCE_REQUIREMENTS)),
    set(41, "hostnameOverride", Text),
    set(43, "schedulingGroup", Message(&POD_SCHEDULING_GROUP)),
] };
pub static POD_STATUS: Message = Message { name: "POD_STATUS", fields: &[
    one(1, "phase", Text),
    all(2, "conditions", Message(&POD_CONDITION)),
    one(3, "message", Text),
    one(4, "reason", Text),
    one(5, "hostIP", Text),
    one(6, "podIP", Text),
    set(7, "startTime", Time),
    all(8, "containerStatuses", Message(&CONTAINER_STATUS)),
    one(9, "qosClass", Text),
    all(10, "initContainerStatuses", Message(&CONTAINER_STATUS)),
    one(11, "nominatedNodeName", Text),
    all(12, "podIPs", Message(&POD_IP)),
    all(13, "ephemeralContainerStatuses", Message(&CONTAINER_STATUS)),
    one(14, "resize", Text),
    all(15, "resourceClaimStatuses", Message(&POD_RESOURCE_CLAIM_STATUS)),
    all(16, "hostIPs", Message(&HOST_IP)),
    one(17, "observedGeneration", Int),
    set(18, "extendedResourceClaimStatus", Message(&POD_EXTENDED_RESOURCE_CLAIM_STATUS)),
    one(19, "allocatedResources", Map(&Quantity)),
    set(20, "resources", Message(&RESOURCE_REQUIREMENTS)),
    all(21, "nodeAllocatableResourceClaimStatuses", Message(&NODE_ALLOCATABLE_RESOURCE_CLAIM_STATUS)),
] };
pub static POD_TEMPLATE_SPEC: Message = Message { name: "POD_TEMPLATE_SPEC", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    set(2, "spec", Message(&POD_SPEC)),
] };
pub static POLICY_RULE: Message = Message { name: "POLICY_RULE", fields: &[
    all(1, "verbs", Text),
    all(2, "apiGroups", Text),
    all(3, "resources", Text),
    all(4, "resourceNames", Text),
    all(5, "nonResourceURLs", Text),
] };
pub static PORTWORX_VOLUME_SOURCE: Message = Message { name: "PORTWORX_VOLUME_SOURCE", fields: &[
    set(1, "volumeID", Text),
    one(2, "fsType", Text),
    one(3, "readOnly", Bool),
] };
pub static PORT_STATUS: Message = Message { name: "PORT_STATUS", fields: &[
    set(1, "port", Int),
    set(2, "protocol", Text),
    set(3, "error", Text),
] };
pub static PREFERRED_SCHEDULING_TERM: Message = Message { name: "PREFERRED_SCHEDULING_TERM", fields: &[
    set(1, "weight", Int),
    set(2, "preference", Message(&NODE_SELECTOR_TERM)),
] };
pub static PRIORITY_CLASS: Message = Message { name: "PRIORITY_CLASS", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    set(2, "value", Int),
    one(3, "globalDefault", Bool),
    one(4, "description", Text),
    set(5, "preemptionPolicy", Text),
] };
pub static PROBE: Message = Message { name: "PROBE", fields: &[
    set(1, "", Inline(&PROBE_HANDLER)),
    one(2, "initialDelaySeconds", Int),
    one(3, "timeoutSeconds", Int),
    one(4, "periodSeconds", Int),
    one(5, "successThreshold", Int),
    one(6, "failureThreshold", Int),
    set(7, "terminationGracePeriodSeconds", Int),
] };
pub static PROBE_HANDLER: Message = Message { name: "PROBE_HANDLER", fields: &[
    set(1, "exec", Message(&EXEC_ACTION)),
    set(2, "httpGet", Message(&HTTP_GET_ACTION)),
    set(3, "tcpSocket", Message(&TCP_SOCKET_ACTION)),
    set(4, "grpc", Message(&GRPC_ACTION)),
] };
pub static PROJECTED_VOLUME_SOURCE: Message = Message { name: "PROJECTED_VOLUME_SOURCE", fields: &[
    all(1, "sources", Message(&VOLUME_PROJECTION)),
    set(2, "defaultMode", Int),
] };
pub static QUOBYTE_VOLUME_SOURCE: Message = Message { name: "QUOBYTE_VOLUME_SOURCE", fields: &[
    set(1, "registry", Text),
    set(2, "volume", Text),
    one(3, "readOnly", Bool),
    one(4, "user", Text),
    one(5, "group", Text),
    one(6, "tenant", Text),
] };
pub static RBD_PERSISTENT_VOLUME_SOURCE: Message = Message { name: "RBD_PERSISTENT_VOLUME_SOURCE", fields: &[
    all(1, "monitors", Text),
    set(2, "image", Text),
    one(3, "fsType", Text),
    one(4, "pool", Text),
    one(5, "user", Text),
    one(6, "keyring", Text),
    set(7, "secretRef", Message(&SECRET_REFERENCE)),
    one(8, "readOnly", Bool),
] };
pub static RBD_VOLUME_SOURCE: Message = Message { name: "RBD_VOLUME_SOURCE", fields: &[
    all(1, "monitors", Text),
    set(2, "image", Text),
    one(3, "fsType", Text),
    one(4, "pool", Text),
    one(5, "user", Text),
    one(6, "keyring", Text),
    set(7, "secretRef", Message(&LOCAL_OBJECT_REFERENCE)),
    one(8, "readOnly", Bool),
] };
pub static REPLICATION_CONTROLLER: Message = Message { name: "REPLICATION_CONTROLLER", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    set(2, "spec", Message(&REPLICATION_CONTROLLER_SPEC)),
    set(3, "status", Message(&REPLICATION_CONTROLLER_STATUS)),
] };
pub static REPLICATION_CONTROLLER_CONDITION: Message = Message { name: "REPLICATION_CONTROLLER_CONDITION", fields: &[
    set(1, "type", Text),
    set(2, "status", Text),
    set(3, "lastTransitionTime", Time),
    one(4, "reason", Text),
    one(5, "message", Text),
] };
pub static REPLICATION_CONTROLLER_SPEC: Message = Message { name: "REPLICATION_CONTROLLER_SPEC", fields: &[
    set(1, "replicas", Int),
    one(2, "selector", Map(&Text)),
    set(3, "template", Message(&POD_TEMPLATE_SPEC)),
    one(4, "minReadySeconds", Int),
] };
pub static REPLICATION_CONTROLLER_STATUS: Message = Message { name: "REPLICATION_CONTROLLER_STATUS", fields: &[
    set(1, "replicas", Int),
    one(2, "fullyLabeledReplicas", Int),
    one(3, "observedGeneration", Int),
    one(4, "readyReplicas", Int),
    one(5, "availableReplicas", Int),
    all(6, "conditions", Message(&REPLICATION_CONTROLLER_CONDITION)),
] };
pub static REPLICA_SET: Message = Message { name: "REPLICA_SET", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    set(2, "spec", Message(&REPLICA_SET_SPEC)),
    set(3, "status", Message(&REPLICA_SET_STATUS)),
] };
pub static REPLICA_SET_CONDITION: Message = Message { name: "REPLICA_SET_CONDITION", fields: &[
    set(1, "type", Text),
    set(2, "status", Text),
    set(3, "lastTransitionTime", Time),
    one(4, "reason", Text),
    one(5, "message", Text),
] };
pub static REPLICA_SET_SPEC: Message = Message { name: "REPLICA_SET_SPEC", fields: &[
    set(1, "replicas", Int),
    set(2, "selector", Message(&LABEL_SELECTOR)),
    set(3, "template", Message(&POD_TEMPLATE_SPEC)),
    one(4, "minReadySeconds", Int),
] };
pub static REPLICA_SET_STATUS: Message = Message { name: "REPLICA_SET_STATUS", fields: &[
    set(1, "replicas", Int),
    one(2, "fullyLabeledReplicas", Int),
    one(3, "observedGeneration", Int),
    one(4, "readyReplicas", Int),
    one(5, "availableReplicas", Int),
    all(6, "conditions", Message(&REPLICA_SET_CONDITION)),
    set(7, "terminatingReplicas", Int),
] };
pub static RESOURCE_CLAIM: Message = Message { name: "RESOURCE_CLAIM", fields: &[
    set(1, "name", Text),
    one(2, "request", Text),
] };
pub static RESOURCE_FIELD_SELECTOR: Message = Message { name: "RESOURCE_FIELD_SELECTOR", fields: &[
    one(1, "containerName", Text),
    set(2, "resource", Text),
    set(3, "divisor", Quantity),
] };
pub static RESOURCE_HEALTH: Message = Message { name: "RESOURCE_HEALTH", fields: &[
    set(1, "resourceID", Text),
    one(2, "health", Text),
    set(6, "message", Text),
] };
pub static RESOURCE_METRIC_SOURCE: Message = Message { name: "RESOURCE_METRIC_SOURCE", fields: &[
    set(1, "name", Text),
    set(2, "target", Message(&METRIC_TARGET)),
] };
pub static RESOURCE_METRIC_STATUS: Message = Message { name: "RESOURCE_METRIC_STATUS", fields: &[
    set(1, "name", Text),
    set(2, "current", Message(&METRIC_VALUE_STATUS)),
] };
pub static RESOURCE_QUOTA: Message = Message { name: "RESOURCE_QUOTA", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    set(2, "spec", Message(&RESOURCE_QUOTA_SPEC)),
    set(3, "status", Message(&RESOURCE_QUOTA_STATUS)),
] };
pub static RESOURCE_QUOTA_SPEC: Message = Message { name: "RESOURCE_QUOTA_SPEC", fields: &[
    one(1, "hard", Map(&Quantity)),
    all(2, "scopes", Text),
    set(3, "scopeSelector", Message(&SCOPE_SELECTOR)),
] };
pub static RESOURCE_QUOTA_STATUS: Message = Message { name: "RESOURCE_QUOTA_STATUS", fields: &[
    one(1, "hard", Map(&Quantity)),
    one(2, "used", Map(&Quantity)),
] };
pub static RESOURCE_REQUIREMENTS: Message = Message { name: "RESOURCE_REQUIREMENTS", fields: &[
    one(1, "limits", Map(&Quantity)),
    one(2, "requests", Map(&Quantity)),
    all(3, "claims", Message(&RESOURCE_CLAIM)),
] };
pub static RESOURCE_STATUS: Message = Message { name: "RESOURCE_STATUS", fields: &[
    set(1, "name", Text),
    all(2, "resources", Message(&RESOURCE_HEALTH)),
] };
pub static ROLE: Message = Message { name: "ROLE", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    all(2, "rules", Message(&POLICY_RULE)),
] };
pub static ROLE_BINDING: Message = Message { name: "ROLE_BINDING", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    all(2, "subjects", Message(&SUBJECT)),
    set(3, "roleRef", Message(&ROLE_REF)),
] };
pub static ROLE_REF: Message = Message { name: "ROLE_REF", fields: &[
    set(1, "apiGroup", Text),
    set(2, "kind", Text),
    set(3, "name", Text),
] };
pub static ROLLING_UPDATE_DAEMON_SET: Message = Message { name: "ROLLING_UPDATE_DAEMON_SET", fields: &[
    set(1, "maxUnavailable", IntOrString),
    set(2, "maxSurge", IntOrString),
] };
pub static ROLLING_UPDATE_DEPLOYMENT: Message = Message { name: "ROLLING_UPDATE_DEPLOYMENT", fields: &[
    set(1, "maxUnavailable", IntOrString),
    set(2, "maxSurge", IntOrString),
] };
pub static ROLLING_UPDATE_STATEFUL_SET_STRATEGY: Message = Message { name: "ROLLING_UPDATE_STATEFUL_SET_STRATEGY", fields: &[
    set(1, "partition", Int),
    set(2, "maxUnavailable", IntOrString),
] };
pub static RULE: Message = Message { name: "RULE", fields: &[
    all(1, "apiGroups", Text),
    all(2, "apiVersions", Text),
    all(3, "resources", Text),
    set(4, "scope", Text),
] };
pub static RULE_WITH_OPERATIONS: Message = Message { name: "RULE_WITH_OPERATIONS", fields: &[
    all(1, "operations", Text),
    set(2, "", Inline(&RULE)),
] };
pub static SCALE_IO_PERSISTENT_VOLUME_SOURCE: Message = Message { name: "SCALE_IO_PERSISTENT_VOLUME_SOURCE", fields: &[
    set(1, "gateway", Text),
    set(2, "system", Text),
    set(3, "secretRef", Message(&SECRET_REFERENCE)),
    one(4, "sslEnabled", Bool),
    one(5, "protectionDomain", Text),
    one(6, "storagePool", Text),
    one(7, "storageMode", Text),
    one(8, "volumeName", Text),
    one(9, "fsType", Text),
    one(10, "readOnly", Bool),
] };
pub static SCALE_IO_VOLUME_SOURCE: Message = Message { name: "SCALE_IO_VOLUME_SOURCE", fields: &[
    set(1, "gateway", Text),
    set(2, "system", Text),
    set(3, "secretRef", Message(&LOCAL_OBJECT_REFERENCE)),
    one(4, "sslEnabled", Bool),
    one(5, "protectionDomain", Text),
    one(6, "storagePool", Text),
    one(7, "storageMode", Text),
    one(8, "volumeName", Text),
    one(9, "fsType", Text),
    one(10, "readOnly", Bool),
] };
pub static SCOPED_RESOURCE_SELECTOR_REQUIREMENT: Message = Message { name: "SCOPED_RESOURCE_SELECTOR_REQUIREMENT", fields: &[
    set(1, "scopeName", Text),
    set(2, "operator", Text),
    all(3, "values", Text),
] };
pub static SCOPE_SELECTOR: Message = Message { name: "SCOPE_SELECTOR", fields: &[
    all(1, "matchExpressions", Message(&SCOPED_RESOURCE_SELECTOR_REQUIREMENT)),
] };
pub static SECCOMP_PROFILE: Message = Message { name: "SECCOMP_PROFILE", fields: &[
    set(1, "type", Text),
    set(2, "localhostProfile", Text),
] };
pub static SECRET: Message = Message { name: "SECRET", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    one(2, "data", Map(&Bytes)),
    one(3, "type", Text),
    one(4, "stringData", Map(&Text)),
    set(5, "immutable", Bool),
] };
pub static SECRET_ENV_SOURCE: Message = Message { name: "SECRET_ENV_SOURCE", fields: &[
    set(1, "", Inline(&LOCAL_OBJECT_REFERENCE)),
    set(2, "optional", Bool),
] };
pub static SECRET_KEY_SELECTOR: Message = Message { name: "SECRET_KEY_SELECTOR", fields: &[
    set(1, "", Inline(&LOCAL_OBJECT_REFERENCE)),
    set(2, "key", Text),
    set(3, "optional", Bool),
] };
pub static SECRET_PROJECTION: Message = Message { name: "SECRET_PROJECTION", fields: &[
    set(1, "", Inline(&LOCAL_OBJECT_REFERENCE)),
    all(2, "items", Message(&KEY_TO_PATH)),
    set(4, "optional", Bool),
] };
pub static SECRET_REFERENCE: Message = Message { name: "SECRET_REFERENCE", fields: &[
    one(1, "name", Text),
    one(2, "namespace", Text),
] };
pub static SECRET_VOLUME_SOURCE: Message = Message { name: "SECRET_VOLUME_SOURCE", fields: &[
    one(1, "secretName", Text),
    all(2, "items", Message(&KEY_TO_PATH)),
    set(3, "defaultMode", Int),
    set(4, "optional", Bool),
] };
pub static SECURITY_CONTEXT: Message = Message { name: "SECURITY_CONTEXT", fields: &[
    set(1, "capabilities", Message(&CAPABILITIES)),
    set(2, "privileged", Bool),
    set(3, "seLinuxOptions", Message(&SE_LINUX_OPTIONS)),
    set(4, "runAsUser", Int),
    set(5, "runAsNonRoot", Bool),
    set(6, "readOnlyRootFilesystem", Bool),
    set(7, "allowPrivilegeEscalation", Bool),
    set(8, "runAsGroup", Int),
    set(9, "procMount", Text),
    set(10, "windowsOptions", Message(&WINDOWS_SECURITY_CONTEXT_OPTIONS)),
    set(11, "seccompProfile", Message(&SECCOMP_PROFILE)),
    set(12, "appArmorProfile", Message(&APP_ARMOR_PROFILE)),
] };
pub static SERVICE: Message = Message { name: "SERVICE", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    set(2, "spec", Message(&SERVICE_SPEC)),
    set(3, "status", Message(&SERVICE_STATUS)),
] };
pub static SERVICE_ACCOUNT: Message = Message { name: "SERVICE_ACCOUNT", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    all(2, "secrets", Message(&OBJECT_REFERENCE)),
    all(3, "imagePullSecrets", Message(&LOCAL_OBJECT_REFERENCE)),
    set(4, "automountServiceAccountToken", Bool),
] };
pub static SERVICE_ACCOUNT_TOKEN_PROJECTION: Message = Message { name: "SERVICE_ACCOUNT_TOKEN_PROJECTION", fields: &[
    one(1, "audience", Text),
    set(2, "expirationSeconds", Int),
    set(3, "path", Text),
] };
pub static SERVICE_BACKEND_PORT: Message = Message { name: "SERVICE_BACKEND_PORT", fields: &[
    one(1, "name", Text),
    one(2, "number", Int),
] };
pub static SERVICE_PORT: Message = Message { name: "SERVICE_PORT", fields: &[
    one(1, "name", Text),
    one(2, "protocol", Text),
    set(3, "port", Int),
    set(4, "targetPort", IntOrString),
    one(5, "nodePort", Int),
    set(6, "appProtocol", Text),
] };
pub static SERVICE_REFERENCE: Message = Message { name: "SERVICE_REFERENCE", fields: &[
    set(1, "namespace", Text),
    set(2, "name", Text),
    set(3, "path", Text),
    set(4, "port", Int),
] };
pub static SERVICE_SPEC: Message = Message { name: "SERVICE_SPEC", fields: &[
    all(1, "ports", Message(&SERVICE_PORT)),
    one(2, "selector", Map(&Text)),
    one(3, "clusterIP", Text),
    one(4, "type", Text),
    all(5, "externalIPs", Text),
    one(7, "sessionAffinity", Text),
    one(8, "loadBalancerIP", Text),
    all(9, "loadBalancerSourceRanges", Text),
    one(10, "externalName", Text),
    one(11, "externalTrafficPolicy", Text),
    one(12, "healthCheckNodePort", Int),
    one(13, "publishNotReadyAddresses", Bool),
    set(14, "sessionAffinityConfig", Message(&SESSION_AFFINITY_CONFIG)),
    set(17, "ipFamilyPolicy", Text),
    all(18, "clusterIPs", Text),
    all(19, "ipFamilies", Text),
    set(20, "allocateLoadBalancerNodePorts", Bool),
    set(21, "loadBalancerClass", Text),
    set(22, "internalTrafficPolicy", Text),
    set(23, "trafficDistribution", Text),
] };
pub static SERVICE_STATUS: Message = Message { name: "SERVICE_STATUS", fields: &[
    set(1, "loadBalancer", Message(&LOAD_BALANCER_STATUS)),
    all(2, "conditions", Message(&CONDITION)),
] };
pub static SESSION_AFFINITY_CONFIG: Message = Message { name: "SESSION_AFFINITY_CONFIG", fields: &[
    set(1, "clientIP", Message(&CLIENT_IP_CONFIG)),
] };
pub static SE_LINUX_OPTIONS: Message = Message { name: "SE_LINUX_OPTIONS", fields: &[
    one(1, "user", Text),
    one(2, "role", Text),
    one(3, "type", Text),
    one(4, "level", Text),
] };
pub static SHARD_INFO: Message = Message { name: "SHARD_INFO", fields: &[
    set(1, "selector", Text),
] };
pub static SLEEP_ACTION: Message = Message { name: "SLEEP_ACTION", fields: &[
    set(1, "seconds", Int),
] };
pub static STATEFUL_SET: Message = Message { name: "STATEFUL_SET", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    set(2, "spec", Message(&STATEFUL_SET_SPEC)),
    set(3, "status", Message(&STATEFUL_SET_STATUS)),
] };
pub static STATEFUL_SET_CONDITION: Message = Message { name: "STATEFUL_SET_CONDITION", fields: &[
    set(1, "type", Text),
    set(2, "status", Text),
    set(3, "lastTransitionTime", Time),
    one(4, "reason", Text),
    one(5, "message", Text),
] };
pub static STATEFUL_SET_ORDINALS: Message = Message { name: "STATEFUL_SET_ORDINALS", fields: &[
    set(1, "start", Int),
] };
pub static STATEFUL_SET_PERSISTENT_VOLUME_CLAIM_RETENTION_POLICY: Message = Message { name: "STATEFUL_SET_PERSISTENT_VOLUME_CLAIM_RETENTION_POLICY", fields: &[
    one(1, "whenDeleted", Text),
    one(2, "whenScaled", Text),
] };
pub static STATEFUL_SET_SPEC: Message = Message { name: "STATEFUL_SET_SPEC", fields: &[
    set(1, "replicas", Int),
    set(2, "selector", Message(&LABEL_SELECTOR)),
    set(3, "template", Message(&POD_TEMPLATE_SPEC)),
    all(4, "volumeClaimTemplates", Message(&PERSISTENT_VOLUME_CLAIM)),
    set(5, "serviceName", Text),
    one(6, "podManagementPolicy", Text),
    set(7, "updateStrategy", Message(&STATEFUL_SET_UPDATE_STRATEGY)),
    set(8, "revisionHistoryLimit", Int),
    one(9, "minReadySeconds", Int),
    set(10, "persistentVolumeClaimRetentionPolicy", Message(&STATEFUL_SET_PERSISTENT_VOLUME_CLAIM_RETENTION_POLICY)),
    set(11, "ordinals", Message(&STATEFUL_SET_ORDINALS)),
] };
pub static STATEFUL_SET_STATUS: Message = Message { name: "STATEFUL_SET_STATUS", fields: &[
    one(1, "observedGeneration", Int),
    set(2, "replicas", Int),
    one(3, "readyReplicas", Int),
    one(4, "currentReplicas", Int),
    one(5, "updatedReplicas", Int),
    one(6, "currentRevision", Text),
    one(7, "updateRevision", Text),
    set(9, "collisionCount", Int),
    all(10, "conditions", Message(&STATEFUL_SET_CONDITION)),
    set(11, "availableReplicas", Int),
] };
pub static STATEFUL_SET_UPDATE_STRATEGY: Message = Message { name: "STATEFUL_SET_UPDATE_STRATEGY", fields: &[
    one(1, "type", Text),
    set(2, "rollingUpdate", Message(&ROLLING_UPDATE_STATEFUL_SET_STRATEGY)),
] };
pub static STATUS: Message = Message { name: "STATUS", fields: &[
    set(1, "metadata", Message(&LIST_META)),
    one(2, "status", Text),
    one(3, "message", Text),
    one(4, "reason", Text),
    set(5, "details", Message(&STATUS_DETAILS)),
    one(6, "code", Int),
] };
pub static STATUS_CAUSE: Message = Message { name: "STATUS_CAUSE", fields: &[
    one(1, "reason", Text),
    one(2, "message", Text),
    one(3, "field", Text),
] };
pub static STATUS_DETAILS: Message = Message { name: "STATUS_DETAILS", fields: &[
    one(1, "name", Text),
    one(2, "group", Text),
    one(3, "kind", Text),
    all(4, "causes", Message(&STATUS_CAUSE)),
    one(5, "retryAfterSeconds", Int),
    one(6, "uid", Text),
] };
pub static STORAGE_CLASS: Message = Message { name: "STORAGE_CLASS", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    set(2, "provisioner", Text),
    one(3, "parameters", Map(&Text)),
    set(4, "reclaimPolicy", Text),
    all(5, "mountOptions", Text),
    set(6, "allowVolumeExpansion", Bool),
    set(7, "volumeBindingMode", Text),
    all(8, "allowedTopologies", Message(&TOPOLOGY_SELECTOR_TERM)),
] };
pub static STORAGE_OS_PERSISTENT_VOLUME_SOURCE: Message = Message { name: "STORAGE_OS_PERSISTENT_VOLUME_SOURCE", fields: &[
    one(1, "volumeName", Text),
    one(2, "volumeNamespace", Text),
    one(3, "fsType", Text),
    one(4, "readOnly", Bool),
    set(5, "secretRef", Message(&OBJECT_REFERENCE)),
] };
pub static STORAGE_OS_VOLUME_SOURCE: Message = Message { name: "STORAGE_OS_VOLUME_SOURCE", fields: &[
    one(1, "volumeName", Text),
    one(2, "volumeNamespace", Text),
    one(3, "fsType", Text),
    one(4, "readOnly", Bool),
    set(5, "secretRef", Message(&LOCAL_OBJECT_REFERENCE)),
] };
pub static SUBJECT: Message = Message { name: "SUBJECT", fields: &[
    set(1, "kind", Text),
    one(2, "apiGroup", Text),
    set(3, "name", Text),
    one(4, "namespace", Text),
] };
pub static SUCCESS_POLICY: Message = Message { name: "SUCCESS_POLICY", fields: &[
    all(1, "rules", Message(&SUCCESS_POLICY_RULE)),
] };
pub static SUCCESS_POLICY_RULE: Message = Message { name: "SUCCESS_POLICY_RULE", fields: &[
    set(1, "succeededIndexes", Text),
    set(2, "succeededCount", Int),
] };
pub static SYSCTL: Message = Message { name: "SYSCTL", fields: &[
    set(1, "name", Text),
    set(2, "value", Text),
] };
pub static TAINT: Message = Message { name: "TAINT", fields: &[
    set(1, "key", Text),
    one(2, "value", Text),
    set(3, "effect", Text),
    set(4, "timeAdded", Time),
] };
pub static TCP_SOCKET_ACTION: Message = Message { name: "TCP_SOCKET_ACTION", fields: &[
    set(1, "port", IntOrString),
    one(2, "host", Text),
] };
pub static TOKEN_REQUEST: Message = Message { name: "TOKEN_REQUEST", fields: &[
    set(1, "audience", Text),
    set(2, "expirationSeconds", Int),
] };
pub static TOLERATION: Message = Message { name: "TOLERATION", fields: &[
    one(1, "key", Text),
    one(2, "operator", Text),
    one(3, "value", Text),
    one(4, "effect", Text),
    set(5, "tolerationSeconds", Int),
] };
pub static TOPOLOGY_SELECTOR_LABEL_REQUIREMENT: Message = Message { name: "TOPOLOGY_SELECTOR_LABEL_REQUIREMENT", fields: &[
    set(1, "key", Text),
    all(2, "values", Text),
] };
pub static TOPOLOGY_SELECTOR_TERM: Message = Message { name: "TOPOLOGY_SELECTOR_TERM", fields: &[
    all(1, "matchLabelExpressions", Message(&TOPOLOGY_SELECTOR_LABEL_REQUIREMENT)),
] };
pub static TOPOLOGY_SPREAD_CONSTRAINT: Message = Message { name: "TOPOLOGY_SPREAD_CONSTRAINT", fields: &[
    set(1, "maxSkew", Int),
    set(2, "topologyKey", Text),
    set(3, "whenUnsatisfiable", Text),
    set(4, "labelSelector", Message(&LABEL_SELECTOR)),
    set(5, "minDomains", Int),
    set(6, "nodeAffinityPolicy", Text),
    set(7, "nodeTaintsPolicy", Text),
    all(8, "matchLabelKeys", Text),
] };
pub static TYPED_LOCAL_OBJECT_REFERENCE: Message = Message { name: "TYPED_LOCAL_OBJECT_REFERENCE", fields: &[
    set(1, "apiGroup", Text),
    set(2, "kind", Text),
    set(3, "name", Text),
] };
pub static TYPED_OBJECT_REFERENCE: Message = Message { name: "TYPED_OBJECT_REFERENCE", fields: &[
    set(1, "apiGroup", Text),
    set(2, "kind", Text),
    set(3, "name", Text),
    set(4, "namespace", Text),
] };
pub static TYPE_CHECKING: Message = Message { name: "TYPE_CHECKING", fields: &[
    all(1, "expressionWarnings", Message(&EXPRESSION_WARNING)),
] };
pub static UNCOUNTED_TERMINATED_PODS: Message = Message { name: "UNCOUNTED_TERMINATED_PODS", fields: &[
    all(1, "succeeded", Text),
    all(2, "failed", Text),
] };
pub static VALIDATING_ADMISSION_POLICY: Message = Message { name: "VALIDATING_ADMISSION_POLICY", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    set(2, "spec", Message(&VALIDATING_ADMISSION_POLICY_SPEC)),
    set(3, "status", Message(&VALIDATING_ADMISSION_POLICY_STATUS)),
] };
pub static VALIDATING_ADMISSION_POLICY_BINDING: Message = Message { name: "VALIDATING_ADMISSION_POLICY_BINDING", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    set(2, "spec", Message(&VALIDATING_ADMISSION_POLICY_BINDING_SPEC)),
] };
pub static VALIDATING_ADMISSION_POLICY_BINDING_SPEC: Message = Message { name: "VALIDATING_ADMISSION_POLICY_BINDING_SPEC", fields: &[
    one(1, "policyName", Text),
    set(2, "paramRef", Message(&PARAM_REF)),
    set(3, "matchResources", Message(&MATCH_RESOURCES)),
    all(4, "validationActions", Text),
] };
pub static VALIDATING_ADMISSION_POLICY_SPEC: Message = Message { name: "VALIDATING_ADMISSION_POLICY_SPEC", fields: &[
    set(1, "paramKind", Message(&PARAM_KIND)),
    set(2, "matchConstraints", Message(&MATCH_RESOURCES)),
    all(3, "validations", Message(&VALIDATION)),
    set(4, "failurePolicy", Text),
    all(5, "auditAnnotations", Message(&AUDIT_ANNOTATION)),
    all(6, "matchConditions", Message(&MATCH_CONDITION)),
    all(7, "variables", Message(&VARIABLE)),
] };
pub static VALIDATING_ADMISSION_POLICY_STATUS: Message = Message { name: "VALIDATING_ADMISSION_POLICY_STATUS", fields: &[
    one(1, "observedGeneration", Int),
    set(2, "typeChecking", Message(&TYPE_CHECKING)),
    all(3, "conditions", Message(&CONDITION)),
] };
pub static VALIDATING_WEBHOOK: Message = Message { name: "VALIDATING_WEBHOOK", fields: &[
    set(1, "name", Text),
    set(2, "clientConfig", Message(&WEBHOOK_CLIENT_CONFIG)),
    all(3, "rules", Message(&RULE_WITH_OPERATIONS)),
    set(4, "failurePolicy", Text),
    set(5, "namespaceSelector", Message(&LABEL_SELECTOR)),
    set(6, "sideEffects", Text),
    set(7, "timeoutSeconds", Int),
    all(8, "admissionReviewVersions", Text),
    set(9, "matchPolicy", Text),
    set(10, "objectSelector", Message(&LABEL_SELECTOR)),
    all(11, "matchConditions", Message(&MATCH_CONDITION)),
] };
pub static VALIDATING_WEBHOOK_CONFIGURATION: Message = Message { name: "VALIDATING_WEBHOOK_CONFIGURATION", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    all(2, "webhooks", Message(&VALIDATING_WEBHOOK)),
] };
pub static VALIDATION: Message = Message { name: "VALIDATION", fields: &[
    set(1, "expression", Text),
    one(2, "message", Text),
    set(3, "reason", Text),
    one(4, "messageExpression", Text),
] };
pub static VARIABLE: Message = Message { name: "VARIABLE", fields: &[
    set(1, "name", Text),
    set(2, "expression", Text),
] };
pub static VOLUME: Message = Message { name: "VOLUME", fields: &[
    set(1, "name", Text),
    set(2, "", Inline(&VOLUME_SOURCE)),
] };
pub static VOLUME_ATTACHMENT: Message = Message { name: "VOLUME_ATTACHMENT", fields: &[
    set(1, "metadata", Message(&OBJECT_META)),
    set(2, "spec", Message(&VOLUME_ATTACHMENT_SPEC)),
    set(3, "status", Message(&VOLUME_ATTACHMENT_STATUS)),
] };
pub static VOLUME_ATTACHMENT_SOURCE: Message = Message { name: "VOLUME_ATTACHMENT_SOURCE", fields: &[
    set(1, "persistentVolumeName", Text),
    set(2, "inlineVolumeSpec", Message(&PERSISTENT_VOLUME_SPEC)),
] };
pub static VOLUME_ATTACHMENT_SPEC: Message = Message { name: "VOLUME_ATTACHMENT_SPEC", fields: &[
    set(1, "attacher", Text),
    set(2, "source", Message(&VOLUME_ATTACHMENT_SOURCE)),
    set(3, "nodeName", Text),
] };
pub static VOLUME_ATTACHMENT_STATUS: Message = Message { name: "VOLUME_ATTACHMENT_STATUS", fields: &[
    set(1, "attached", Bool),
    one(2, "attachmentMetadata", Map(&Text)),
    set(3, "attachError", Message(&VOLUME_ERROR)),
    set(4, "detachError", Message(&VOLUME_ERROR)),
] };
pub static VOLUME_DEVICE: Message = Message { name: "VOLUME_DEVICE", fields: &[
    set(1, "name", Text),
    set(2, "devicePath", Text),
] };
pub static VOLUME_ERROR: Message = Message { name: "VOLUME_ERROR", fields: &[
    set(1, "time", Time),
    one(2, "message", Text),
    set(3, "errorCode", Int),
] };
pub static VOLUME_MOUNT: Message = Message { name: "VOLUME_MOUNT", fields: &[
    set(1, "name", Text),
    one(2, "readOnly", Bool),
    set(3, "mountPath", Text),
    one(4, "subPath", Text),
    set(5, "mountPropagation", Text),
    one(6, "subPathExpr", Text),
    set(7, "recursiveReadOnly", Text),
] };
pub static VOLUME_MOUNT_STATUS: Message = Message { name: "VOLUME_MOUNT_STATUS", fields: &[
    set(1, "name", Text),
    set(2, "mountPath", Text),
    one(3, "readOnly", Bool),
    set(4, "recursiveReadOnly", Text),
    set(5, "volumeStatus", Message(&VOLUME_STATUS)),
] };
pub static VOLUME_NODE_AFFINITY: Message = Message { name: "VOLUME_NODE_AFFINITY", fields: &[
    set(1, "required", Message(&NODE_SELECTOR)),
] };
pub static VOLUME_PROJECTION: Message = Message { name: "VOLUME_PROJECTION", fields: &[
    set(1, "secret", Message(&SECRET_PROJECTION)),
    set(2, "downwardAPI", Message(&DOWNWARD_API_PROJECTION)),
    set(3, "configMap", Message(&CONFIG_MAP_PROJECTION)),
    set(4, "serviceAccountToken", Message(&SERVICE_ACCOUNT_TOKEN_PROJECTION)),
    set(5, "clusterTrustBundle", Message(&CLUSTER_TRUST_BUNDLE_PROJECTION)),
    set(6, "podCertificate", Message(&POD_CERTIFICATE_PROJECTION)),
] };
pub static VOLUME_RESOURCE_REQUIREMENTS: Message = Message { name: "VOLUME_RESOURCE_REQUIREMENTS", fields: &[
    one(1, "limits", Map(&Quantity)),
    one(2, "requests", Map(&Quantity)),
] };
pub static VOLUME_SOURCE: Message = Message { name: "VOLUME_SOURCE", fields: &[
    set(1, "hostPath", Message(&HOST_PATH_VOLUME_SOURCE)),
    set(2, "emptyDir", Message(&EMPTY_DIR_VOLUME_SOURCE)),
    set(3, "gcePersistentDisk", Message(&GCE_PERSISTENT_DISK_VOLUME_SOURCE)),
    set(4, "awsElasticBlockStore", Message(&AWS_ELASTIC_BLOCK_STORE_VOLUME_SOURCE)),
    set(5, "gitRepo", Message(&GIT_REPO_VOLUME_SOURCE)),
    set(6, "secret", Message(&SECRET_VOLUME_SOURCE)),
    set(7, "nfs", Message(&NFS_VOLUME_SOURCE)),
    set(8, "iscsi", Message(&ISCSI_VOLUME_SOURCE)),
    set(9, "glusterfs", Message(&GLUSTERFS_VOLUME_SOURCE)),
    set(10, "persistentVolumeClaim", Message(&PERSISTENT_VOLUME_CLAIM_VOLUME_SOURCE)),
    set(11, "rbd", Message(&RBD_VOLUME_SOURCE)),
    set(12, "flexVolume", Message(&FLEX_VOLUME_SOURCE)),
    set(13, "cinder", Message(&CINDER_VOLUME_SOURCE)),
    set(14, "cephfs", Message(&CEPH_FS_VOLUME_SOURCE)),
    set(15, "flocker", Message(&FLOCKER_VOLUME_SOURCE)),
    set(16, "downwardAPI", Message(&DOWNWARD_API_VOLUME_SOURCE)),
    set(17, "fc", Message(&FC_VOLUME_SOURCE)),
    set(18, "azureFile", Message(&AZURE_FILE_VOLUME_SOURCE)),
    set(19, "configMap", Message(&CONFIG_MAP_VOLUME_SOURCE)),
    set(20, "vsphereVolume", Message(&VSPHERE_VIRTUAL_DISK_VOLUME_SOURCE)),
    set(21, "quobyte", Message(&QUOBYTE_VOLUME_SOURCE)),
    set(22, "azureDisk", Message(&AZURE_DISK_VOLUME_SOURCE)),
    set(23, "photonPersistentDisk", Message(&PHOTON_PERSISTENT_DISK_VOLUME_SOURCE)),
    set(24, "portworxVolume", Message(&PORTWORX_VOLUME_SOURCE)),
    set(25, "scaleIO", Message(&SCALE_IO_VOLUME_SOURCE)),
    set(26, "projected", Message(&PROJECTED_VOLUME_SOURCE)),
    set(27, "storageos", Message(&STORAGE_OS_VOLUME_SOURCE)),
    set(28, "csi", Message(&CSI_VOLUME_SOURCE)),
    set(29, "ephemeral", Message(&EPHEMERAL_VOLUME_SOURCE)),
    set(30, "image", Message(&IMAGE_VOLUME_SOURCE)),
] };
pub static VOLUME_STATUS: Message = Message { name: "VOLUME_STATUS", fields: &[
    set(1, "image", Message(&IMAGE_VOLUME_STATUS)),
] };
pub static VSPHERE_VIRTUAL_DISK_VOLUME_SOURCE: Message = Message { name: "VSPHERE_VIRTUAL_DISK_VOLUME_SOURCE", fields: &[
    set(1, "volumePath", Text),
    one(2, "fsType", Text),
    one(3, "storagePolicyName", Text),
    one(4, "storagePolicyID", Text),
] };
pub static WEBHOOK_CLIENT_CONFIG: Message = Message { name: "WEBHOOK_CLIENT_CONFIG", fields: &[
    set(1, "service", Message(&SERVICE_REFERENCE)),
    one(2, "caBundle", Bytes),
    set(3, "url", Text),
] };
pub static WEIGHTED_POD_AFFINITY_TERM: Message = Message { name: "WEIGHTED_POD_AFFINITY_TERM", fields: &[
    set(1, "weight", Int),
    set(2, "podAffinityTerm", Message(&POD_AFFINITY_TERM)),
] };
pub static WINDOWS_SECURITY_CONTEXT_OPTIONS: Message = Message { name: "WINDOWS_SECURITY_CONTEXT_OPTIONS", fields: &[
    set(1, "gmsaCredentialSpecName", Text),
    set(2, "gmsaCredentialSpec", Text),
    set(3, "runAsUserName", Text),
    set(4, "hostProcess", Bool),
] };
