"""What is shipped to run the service: valid by the published schemas, and confined throughout."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from app.service.settings import Settings

ROOT = Path(__file__).parents[1]
MANIFESTS = sorted((ROOT / "deploy" / "kubernetes").glob("*.yaml"))
USER = 10001


def documents() -> list[dict[str, Any]]:
    return [one for path in MANIFESTS for one in yaml.safe_load_all(path.read_text("utf-8"))]


def of_kind(kind: str) -> dict[str, Any]:
    (found,) = (one for one in documents() if one["kind"] == kind)
    return found


def pod() -> dict[str, Any]:
    spec: dict[str, Any] = of_kind("Deployment")["spec"]["template"]["spec"]
    return spec


def container() -> dict[str, Any]:
    (one,) = pod()["containers"]
    return dict(one)


def compose() -> dict[str, Any]:
    text = (ROOT / "compose.yaml").read_text("utf-8")
    described: dict[str, Any] = yaml.safe_load(text)
    return described


def dockerfile() -> str:
    return (ROOT / "Dockerfile").read_text("utf-8")


# Kubernetes


def of_the_cluster() -> list[dict[str, Any]]:
    """All but the client's own file, which has no schema."""
    return [one for one in documents() if one["kind"] != "Kustomization"]


@pytest.mark.parametrize("document", of_the_cluster(), ids=lambda one: str(one["kind"]))
def test_manifests_follow_the_schema(document: dict[str, Any]) -> None:
    kubernetes_validate.validate(document, "1.37", strict=True)


def test_the_schema_would_have_found_it() -> None:
    wrong = of_kind("Deployment")
    wrong["spec"]["template"]["spec"]["readOnlyRootFilesystem"] = True
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, "1.37", strict=True)


def test_the_cluster_applies_every_manifest_and_no_example() -> None:
    applied = set(of_kind("Kustomization")["resources"])
    names = {path.name for path in MANIFESTS}
    assert applied == names - {"kustomization.yaml", "keys.example.yaml"}


def test_a_pod_may_do_nothing_but_run() -> None:
    assert pod()["automountServiceAccountToken"] is False
    assert of_kind("ServiceAccount")["automountServiceAccountToken"] is False
    general = pod()["securityContext"]
    assert general["runAsNonRoot"] is True
    assert (general["runAsUser"], general["runAsGroup"]) == (USER, USER)
    assert general["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container()["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert all(mount["readOnly"] for mount in container()["volumeMounts"])
    assert set(container()["resources"]["limits"]) == {"cpu", "memory", "ephemeral-storage"}
    for forbidden in ("hostNetwork", "hostPID", "hostIPC", "initContainers"):
        assert forbidden not in pod()


def test_the_namespace_refuses_pods_that_may_do_more() -> None:
    labels = of_kind("Namespace")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_nothing_leaves_the_namespace() -> None:
    policy = of_kind("NetworkPolicy")["spec"]
    assert policy["podSelector"] == {}
    assert set(policy["policyTypes"]) == {"Ingress", "Egress"}
    assert policy["egress"] == []
    (rule,) = policy["ingress"]
    assert rule["ports"] == [{"protocol": "TCP", "port": "http"}]
    assert len(rule["from"]) == 2
    assert all(one["namespaceSelector"]["matchLabels"] for one in rule["from"])


def test_each_is_about_the_same_pods() -> None:
    labels = of_kind("Deployment")["spec"]["template"]["metadata"]["labels"]
    assert of_kind("Service")["spec"]["selector"] == labels
    assert of_kind("PodDisruptionBudget")["spec"]["selector"]["matchLabels"] == labels
    (spread,) = pod()["topologySpreadConstraints"]
    assert spread["labelSelector"]["matchLabels"] == labels
    target = of_kind("HorizontalPodAutoscaler")["spec"]["scaleTargetRef"]
    assert target["name"] == of_kind("Deployment")["metadata"]["name"]
    assert "replicas" not in of_kind("Deployment")["spec"], "the autoscaler would be undone"


def test_replicas_follow_the_queue_before_it_is_full() -> None:
    queue, load = of_kind("HorizontalPodAutoscaler")["spec"]["metrics"]
    assert queue["pods"]["metric"]["name"] == "thomas_photos_pending"
    assert int(queue["pods"]["target"]["averageValue"]) < Settings().max_pending
    assert load["resource"]["name"] == "cpu"


def test_probes_ask_what_they_are_about() -> None:
    assert container()["livenessProbe"]["httpGet"]["path"] == "/healthz"
    for probe in ("startupProbe", "readinessProbe"):
        assert container()[probe]["httpGet"]["path"] == "/readyz"


def test_no_other_service_sets_our_settings() -> None:
    assert pod()["enableServiceLinks"] is False


def test_no_secret_is_shipped() -> None:
    (line,) = of_kind("Secret")["stringData"]["keys"].splitlines()
    assert re.fullmatch(r"example:sha256:0{64}", line)
    assert "secrets/" in (ROOT / ".gitignore").read_text("utf-8").splitlines()


# Compose


def test_compose_follows_the_schema() -> None:
    checked = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec",
         ROOT / "compose.yaml"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("name", ["service", "proxy"])
def test_each_container_of_compose_is_confined(name: str) -> None:
    service = compose()["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert int(service["user"].partition(":")[0]) > 0
    assert service["mem_limit"] == service["memswap_limit"], "photos are not swapped out to a disk"
    assert {"cpus", "pids_limit"} <= set(service)
    assert "privileged" not in service


def test_replicas_have_no_way_out_and_no_way_in_but_the_proxy() -> None:
    service = compose()["services"]["service"]
    assert service["networks"] == ["inside"]
    assert "ports" not in service
    assert compose()["networks"]["inside"]["internal"] is True
    (network,) = compose()["networks"]["inside"]["ipam"]["config"]
    assert service["environment"]["THOMAS_TRUSTED_PROXIES"] == network["subnet"]


def test_the_proxy_waits_for_a_service_that_can_measure() -> None:
    proxy, service = compose()["services"]["proxy"], compose()["services"]["service"]
    assert proxy["depends_on"]["service"]["condition"] == "service_healthy"
    assert service["healthcheck"]["test"][0] == "CMD"
    assert "127.0.0.1:8000/readyz" in service["healthcheck"]["test"][-1]


def test_the_proxy_writes_to_memory_only() -> None:
    proxy = compose()["services"]["proxy"]
    assert [mount for mount in proxy["volumes"] if not mount.endswith(":ro")] == []
    assert [mount.partition(":")[0] for mount in proxy["tmpfs"]] == ["/tmp"]


# All of them


def test_keys_are_asked_for_wherever_it_is_reached_from_elsewhere() -> None:
    by_kubernetes = {one["name"]: one["value"] for one in container()["env"]}
    for environment in (by_kubernetes, compose()["services"]["service"]["environment"]):
        assert environment["THOMAS_HOST"] == "0.0.0.0"
        assert environment["THOMAS_KEYS_FILE"].startswith("/run/")
        assert "THOMAS_WITHOUT_KEYS" not in environment
    steps = [line for line in dockerfile().splitlines() if not line.startswith("#")]
    assert not [line for line in steps if "KEYS" in line]


def test_the_image_is_made_of_locked_files_and_runs_as_nobody_in_particular() -> None:
    installs = re.findall(r"pip [^&]*?install (.*)", dockerfile())
    assert len(installs) == 3
    assert all(re.search(r"--require-hashes -r|--no-deps --no-index", one) for one in installs)
    last_stage = dockerfile().rpartition("\nFROM ")[2]
    assert f"USER {USER}:{USER}" in last_stage
    assert re.findall(r"^FROM (\S+)", dockerfile(), re.MULTILINE)[0] == "$BASE"
    kept = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert kept[1] == "*", "what is not named stays out"


@pytest.mark.skipif(shutil.which("hadolint") is None, reason="hadolint is not installed")
def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    def found(text: str) -> str:
        command = ["hadolint", "--no-color", "-"]
        return subprocess.run(
            command, input=text, capture_output=True, text=True, check=False
        ).stdout

    assert found(dockerfile()) == ""
    assert "DL3003" in found(dockerfile() + "RUN cd /tmp && ls\n")


def test_every_lock_reaches_the_build_and_nothing_under_the_gpl_is_in_by_default() -> None:
    stage = dockerfile()
    assert "ARG LOCK=requirements.lock\n" in stage
    assert "COPY requirements*.lock ./" in stage
    assert "!requirements*.lock" in (ROOT / ".dockerignore").read_text("utf-8")


def test_the_unit_is_confined() -> None:
    unit = (ROOT / "deploy" / "thomas-test.service").read_text("utf-8").splitlines()
    for line in (
        "DynamicUser=yes", "ProtectSystem=strict", "NoNewPrivileges=yes", "IPAddressDeny=any",
        "IPAddressAllow=localhost", "CapabilityBoundingSet=", "LimitCORE=0", "MemorySwapMax=0",
        "SystemCallFilter=@system-service", "PrivateTmp=yes", "ProtectHome=yes",
    ):  # fmt: skip
        assert line in unit
