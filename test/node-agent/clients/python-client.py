"""What docker-py's users do, against the daemon of DOCKER_HOST. Each line it prints is a fact that held."""

import io
import sys
import tarfile
import threading
import time

import docker
from docker.errors import APIError, ContainerError, ImageNotFound, NotFound
from docker.types import LogConfig, Mount, Ulimit

NETWORKED = len(sys.argv) > 1 and sys.argv[1] == "networks"
client = docker.from_env()


def fact(name, held):
    print(("holds: " if held else "FAILS: ") + name, flush=True)


def refused(kind, call, status=None):
    try:
        call()
    except kind as error:
        return status is None or error.status_code == status
    return False


def basics():
    fact("ping", client.ping() is True)
    fact("version", client.version()["Os"] == "linux")
    fact("info", client.info()["OSType"] == "linux")
    fact("images", "box:latest" in [tag for image in client.images.list() for tag in image.tags])
    image = client.images.get("box")
    fact("image attributes", image.attrs["Os"] == "linux" and image.labels == {"purpose": "tests"})
    fact("image history", image.history()[0]["Id"] == image.id)
    fact("tag and remove", image.tag("python/box", "1") and client.images.remove("python/box:1") is None)
    fact("no such image", refused(ImageNotFound, lambda: client.images.get("absent")))


def runs():
    none = {"network_mode": "none"}
    fact("run", client.containers.run("box", "echo hello", remove=True, **none) == b"hello\n")
    fact(
        "run with stderr",
        client.containers.run("box", ["sh", "-c", "echo e >&2"], remove=True, stderr=True, stdout=False, **none)
        == b"e\n",
    )
    fact("run that fails", refused(ContainerError, lambda: client.containers.run("box", "false", remove=True, **none)))
    fact("run of nothing", refused(ImageNotFound, lambda: client.api.create_container("absent")))
    fact(
        "settings",
        client.containers.run(
            "box",
            ["sh", "-c", "echo $A; hostname; id -u; pwd; ulimit -n; cat /proc/sys/kernel/shm_rmid_forced"],
            environment={"A": "1"},
            hostname="h",
            user="33",
            working_dir="/tmp",
            ulimits=[Ulimit(name="nofile", soft=99, hard=99)],
            sysctls={"kernel.shm_rmid_forced": 1},
            labels={"x": "y"},
            mem_limit="64m",
            cap_drop=["ALL"],
            read_only=True,
            tmpfs={"/scratch": "size=1m"},
            log_config=LogConfig(type="json-file", config={"max-size": "1m"}),
            remove=True,
            **none,
        )
        == b"1\nh\n33\n/tmp\n99\n1\n",
    )


def life():
    script = "echo begun; trap 'exit 3' TERM; while :; do sleep 0.05; done"
    container = client.containers.run(
        "box", ["sh", "-c", script], name="python", detach=True, labels={"k": "v"}, network_mode="none"
    )
    fact("list with filters", [c.name for c in client.containers.list(filters={"label": "k=v", "name": "python"})] == ["python"])
    fact("reload", container.reload() is None and container.status == "running")
    follow = []
    reader = threading.Thread(target=lambda: follow.extend(container.logs(stream=True, follow=True)))
    reader.start()
    code, output = container.exec_run(["sh", "-c", "echo out; exit 7"])
    fact("exec", (code, output) == (7, b"out\n"))
    code, (out, err) = container.exec_run(["sh", "-c", "echo out; echo err >&2"], demux=True)
    fact("exec demultiplexed", (out, err) == (b"out\n", b"err\n"))
    _, stream = container.exec_run(["sh", "-c", "echo 1; echo 2"], stream=True)
    fact("exec streamed", b"".join(stream) == b"1\n2\n")
    created = client.api.exec_create(container.id, "cat", stdin=True)
    socket = client.api.exec_start(created["Id"], socket=True)
    socket._sock.sendall(b"typed\n")
    fact("exec over a socket", b"typed\n" in socket._sock.recv(100))
    socket.close()
    fact("top", "begun" in str(container.top()))
    fact("stats", container.stats(stream=False)["memory_stats"]["usage"] > 0)
    fact("stats as a stream", "cpu_stats" in next(container.stats(stream=True, decode=True)))
    fact("pause", container.pause() is None and (container.reload(), container.status)[1] == "paused")
    container.unpause()
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        member = tarfile.TarInfo("put")
        member.size = 3
        tar.addfile(member, io.BytesIO(b"abc"))
    fact("put an archive", container.put_archive("/tmp", archive.getvalue()))
    pieces, stat = container.get_archive("/tmp/put")
    with tarfile.open(fileobj=io.BytesIO(b"".join(pieces))) as tar:
        fact("get an archive", tar.extractfile("put").read() == b"abc" and stat["size"] == 3)
    fact("diff", {"Path": "/tmp/put", "Kind": 1} in container.diff())
    image = container.commit("python/committed", "1", message="why", author="me")
    fact("commit", image.tags == ["python/committed:1"])
    fact("export", sum(len(piece) for piece in container.export()) > 10_000)
    saved = b"".join(image.save(named=True))
    client.images.remove("python/committed:1")
    fact("save and load", client.images.load(saved)[0].tags == ["python/committed:1"])
    client.images.remove("python/committed:1")
    container.rename("renamed")
    fact("update", container.update(mem_limit="96m", memswap_limit="96m") is not None)
    container.reload()
    fact("renamed and updated", container.name == "renamed" and container.attrs["HostConfig"]["Memory"] == 96 << 20)
    fact("wrong name", refused(APIError, lambda: container.rename("bad name"), 400))
    fact("no rm of what runs", refused(APIError, container.remove, 409))
    container.stop(timeout=5)
    fact("wait", container.wait()["StatusCode"] == 3)
    reader.join(10)
    fact("followed", b"".join(follow) == b"begun\n")
    fact("logs", container.logs(tail=1) == b"begun\n")
    container.start()
    container.restart(timeout=1)
    container.kill()
    container.wait()
    container.remove(v=True)
    fact("gone", refused(NotFound, lambda: client.containers.get("renamed")))


def attached():
    container = client.containers.create("box", "cat", stdin_open=True, network_mode="none")
    socket = container.attach_socket(params={"stdin": 1, "stdout": 1, "stream": 1})
    container.start()
    socket._sock.sendall(b"hello\n")
    fact("attach over a socket", b"hello\n" in socket._sock.recv(100))
    socket.close()
    container.remove(force=True)
    container = client.containers.create("box", "echo seen", network_mode="none")
    stream = container.attach(stream=True)
    container.start()
    fact("attach as a stream", b"".join(stream) == b"seen\n")
    container.remove(force=True)


def told():
    since = int(time.time())
    client.containers.run("box", "true", name="told", remove=True, network_mode="none")
    until = int(time.time()) + 1
    actions = [e["Action"] for e in client.events(since=since, until=until, decode=True, filters={"container": "told"})]
    fact("events", [a for a in actions if a in ("create", "start", "die", "destroy")] == ["create", "start", "die", "destroy"])


def volumes():
    volume = client.volumes.create("python", labels={"k": "v"})
    fact("volumes", [v.name for v in client.volumes.list(filters={"label": "k=v"})] == ["python"])
    none = {"network_mode": "none", "remove": True}
    client.containers.run("box", ["sh", "-c", "echo kept > /v/f"], volumes={"python": {"bind": "/v", "mode": "rw"}}, **none)
    fact("mount", client.containers.run("box", "cat /v/f", mounts=[Mount("/v", "python", read_only=True)], **none) == b"kept\n")
    volume.remove()
    fact("no such volume", refused(NotFound, lambda: client.volumes.get("python")))
    fact("prune", "SpaceReclaimed" in client.volumes.prune({"label": "no-such-label"}))


def networks():
    network = client.networks.create("python", labels={"k": "v"}, check_duplicate=True)
    fact("networks", [n.name for n in client.networks.list(filters={"label": "k=v"})] == ["python"])
    server = client.containers.run("box", "sleep 60", name="server", detach=True, network="python")
    ping = ["ping", "-c", "1", "-W", "2"]
    fact("found by name", b"1 packets received" in client.containers.run("box", [*ping, "server"], network="python", remove=True))
    other = client.containers.run("box", "sleep 60", detach=True, ports={"80/tcp": ("127.0.0.1", None)})
    network.connect(other, aliases=["also"])
    code, _ = server.exec_run([*ping, "also"])
    fact("connected", code == 0)
    other.reload()
    fact("published", int(other.ports["80/tcp"][0]["HostPort"]) > 1024)
    network.disconnect(other)
    network.reload()
    fact("disconnected", [c.name for c in network.containers] == ["server"])
    fact("not removed in use", refused(APIError, network.remove, 403))
    for container in (server, other):
        container.remove(force=True)
    network.remove()
    fact("no such network", refused(NotFound, lambda: client.networks.get("python")))


for part in [networks] if NETWORKED else [basics, runs, life, attached, told, volumes]:
    part()
