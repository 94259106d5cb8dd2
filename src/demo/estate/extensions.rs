//! Objects of other projects' kinds in the estate: a Rollout, and the certificates.

use serde_json::json;

use super::controllers;
use super::make::{DAY, Maker, condition, owner};
use super::pods::{self, Stage};
use super::scene::NODES;
use crate::demo::base64;
use crate::demo::clock::stamp;

/// A self-signed certificate for shop.example.com, made for this file alone and used nowhere; its
/// key was thrown away. It ends in February 2027.
const CERTIFICATE: &str = "\
-----BEGIN CERTIFICATE-----
MIIDNDCCAhygAwIBAgIUBZkPv2Lr2BVC+Lh/zW0KMsVVaLswDQYJKoZIhvcNAQEL
BQAwGzEZMBcGA1UEAwwQc2hvcC5leGFtcGxlLmNvbTAeFw0yNjExMjIwMDU4Mjla
Fw0yNzAyMjAwMDU4MjlaMBsxGTAXBgNVBAMMEHNob3AuZXhhbXBsZS5jb20wggEi
MA0GCSqGSIb3DQEBAQUAA4IBDwAwggEKAoIBAQCvP/f2TI2Tenul4Q0HJjes+W6G
EE/QcLSS2AXn2MXebDD96OhjYrtXMs8jlogKZUxvAYvtQNFtvF4Lnv1d6B8Es61u
trbClc8NCI+79ncUNvYkTPSceCcDYGj19o+5NYlEI0/Y8aOsw5eN4ZmraaMhUiag
jxUMLgYe6NJUuI2av/R1C9WepO6YXruNgWstv9rhPIAJn24mQ/lyzi0/vw+gwSXI
85lqDeaZ99WhOjcYLAhoFAVc3RKubu130B/P2KgS4cUxKcIUQWd82ZWA/G42QN1O
jAb/NoqzM/lDOgoOkpbPR4lv1a7w2NpsZK5bt30jrnNbJIjVT4n33J6DiWX5AgMB
AAGjcDBuMB0GA1UdDgQWBBTGw9wQ/1t5re9EDYSDgpygOa/EazAfBgNVHSMEGDAW
gBTGw9wQ/1t5re9EDYSDgpygOa/EazAPBgNVHRMBAf8EBTADAQH/MBsGA1UdEQQU
MBKCEHNob3AuZXhhbXBsZS5jb20wDQYJKoZIhvcNAQELBQADggEBAGsQqAoNMwoK
CdYhs8esmUqlIDXvBzou0u5NfOiel5CpnClt6Vp+WQGWvpjZSSaKO9IygpAnf3OT
R2w11rZiw/D5GrHLfWPXWdLCbyz7slJLz6OHdgzfHAgoX/ayw+cLD5TNKDNajxZJ
kvXs8hOU0W3mjNp2IvtKMLx4gWubQVc7kl1TYF+iK5GzcvHGePXWbzzx++hLlMcc
bMaO6I6u606fIq8aigXACssMu5QSDGTDTd0dySp5uejWU4O5a5MPbP0XsSEJi2E9
CSrPgR0khswUjSdIyUID7cNaiKibR9nFzENB2RGrLprStn5p9HH+NU0kp2Z+lE78
61ce1ALTnj8=
-----END CERTIFICATE-----
";

/// Something where the private key would be: it is masked anyway and opens nothing.
const NO_KEY: &str = "-----BEGIN PRIVATE KEY-----\nbm90IGEga2V5\n-----END PRIVATE KEY-----\n";

/// Builds it all.
pub fn build(maker: &mut Maker) {
    rollout(maker);
    certificates(maker);
}

/// A canary that waits for somebody to promote it.
fn rollout(maker: &mut Maker) {
    let template = |tag: &str| {
        json!({
            "metadata": {"labels": {"app.kubernetes.io/name": "recommender"}},
            "spec": {"containers": [{"name": "recommender", "image": format!("registry.example.com/shop/recommender:{tag}"),
                "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}], "resources": {"requests": {"cpu": "200m", "memory": "256Mi"}}}]},
        })
    };
    let (old, new) = (template("1.14.0"), template("1.15.0"));
    let (old_hash, new_hash) = (controllers::template_hash(&old), controllers::template_hash(&new));
    let since = maker.ago(40 * 60);
    let rollout = maker.add("argocd-controller", 110 * DAY, json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
        "metadata": {"name": "recommender", "namespace": "shop", "labels": {"app.kubernetes.io/name": "recommender"},
            "annotations": {"rollout.argoproj.io/revision": "7", "argocd.argoproj.io/tracking-id": "recommender:argoproj.io/Rollout:shop/recommender"}},
        "spec": {"replicas": 4, "revisionHistoryLimit": 5, "selector": {"matchLabels": {"app.kubernetes.io/name": "recommender"}}, "template": new,
            "strategy": {"canary": {"steps": [{"setWeight": 25}, {"pause": {}}, {"setWeight": 50}, {"pause": {"duration": "5m"}}, {"setWeight": 100}]}}},
        "status": {"HPAReplicas": 4, "replicas": 4, "updatedReplicas": 1, "readyReplicas": 4, "availableReplicas": 4, "observedGeneration": "1",
            "currentPodHash": new_hash, "stableRS": old_hash, "currentStepIndex": 1, "currentStepHash": "6f9c5d7b6d", "phase": "Paused", "message": "CanaryPauseStep",
            "controllerPause": true, "pauseConditions": [{"reason": "CanaryPauseStep", "startTime": since}], "selector": "app.kubernetes.io/name=recommender",
            "canary": {"weights": {"canary": {"podTemplateHash": new_hash, "weight": 25}, "stable": {"podTemplateHash": old_hash, "weight": 75}}},
            "conditions": [condition("Paused", "True", "RolloutPaused", "Rollout is paused", &since), condition("Available", "True", "AvailableReason", "Rollout has minimum availability", &since), condition("Progressing", "Unknown", "RolloutPaused", "Rollout is paused", &since)]},
    }));
    for (template, hash, count, number, age) in
        [(&old, &old_hash, 3, 6, 12 * DAY), (&new, &new_hash, 1, 7, 40 * 60)]
    {
        let mut set = controllers::replica_set(&rollout, template, hash, count, number);
        if let Some(labels) = set["spec"]["template"]["metadata"]["labels"].as_object_mut() {
            labels.insert("rollouts-pod-template-hash".to_owned(), hash.as_str().into());
        }
        set["metadata"]["annotations"] = json!({"rollout.argoproj.io/revision": number.to_string(), "rollout.argoproj.io/desired-replicas": "4"});
        set["status"] = json!({"replicas": count, "fullyLabeledReplicas": count, "readyReplicas": count, "availableReplicas": count, "observedGeneration": 1});
        let set = maker.add("rollouts-controller", age, set);
        for _ in 0..count {
            let name = format!("recommender-{hash}-{}", maker.random.suffix(5));
            let mut pod =
                pods::from_template(&set["spec"]["template"], &set, &name, &mut maker.random);
            pod["spec"]["nodeName"] = NODES[maker.random.below(NODES.len())].0.into();
            pod["status"] =
                pods::status(&pod, Stage::Ready, maker.now - age + 20, &mut maker.random);
            maker.add("kube-controller-manager", age, pod);
        }
    }
}

fn certificates(maker: &mut Maker) {
    maker.add("kubectl-client-side-apply", 230 * DAY, json!({
        "apiVersion": "cert-manager.io/v1", "kind": "ClusterIssuer", "metadata": {"name": "letsencrypt"},
        "spec": {"acme": {"email": "ops@example.com", "server": "https://acme-v02.api.letsencrypt.org/directory", "privateKeySecretRef": {"name": "letsencrypt-account"},
            "solvers": [{"http01": {"ingress": {"ingressClassName": "nginx"}}}]}},
        "status": {"conditions": [condition("Ready", "True", "ACMEAccountRegistered", "The ACME account was registered with the ACME server", &maker.ago(230 * DAY))]},
    }));
    // The storefront's ends within days and its renewal is overdue; the other one has time.
    for (name, host, left) in
        [("storefront-tls", "shop.example.com", 4), ("checkout-tls", "checkout.example.com", 61)]
    {
        let since = maker.ago((90 - left) * DAY);
        let kept = maker.add("cert-manager-certificates-trigger", 180 * DAY, json!({
            "apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": {"name": name, "namespace": "shop"},
            "spec": {"dnsNames": [host], "secretName": name, "issuerRef": {"group": "cert-manager.io", "kind": "ClusterIssuer", "name": "letsencrypt"}, "usages": ["digital signature", "key encipherment"]},
            "status": {"conditions": [condition("Ready", "True", "Ready", "Certificate is up to date and has not expired", &since)],
                "notBefore": since, "notAfter": stamp(maker.now + left * DAY), "renewalTime": stamp(maker.now + (left - 30) * DAY), "revision": 3},
        }));
        maker.add("cert-manager-certificates-issuing", 180 * DAY, json!({
            "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls",
            "metadata": {"name": name, "namespace": "shop", "ownerReferences": [owner(&kept)],
                "annotations": {"cert-manager.io/certificate-name": name, "cert-manager.io/common-name": host, "cert-manager.io/issuer-name": "letsencrypt", "cert-manager.io/issuer-kind": "ClusterIssuer"}},
            "data": {"tls.crt": base64::encode(CERTIFICATE.as_bytes()), "tls.key": base64::encode(NO_KEY.as_bytes())},
        }));
    }
    for name in ["payments-api", "ledger"] {
        maker.add("kubectl-create", 160 * DAY, json!({
            "apiVersion": "v1", "kind": "Secret", "type": "Opaque", "metadata": {"name": format!("{name}-credentials"), "namespace": "shop"},
            "data": {"username": base64::encode(name.as_bytes()), "password": base64::encode(b"correct horse battery staple")},
        }));
    }
}
