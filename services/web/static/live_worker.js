// One stream of changes for all tabs of a browser.
const KINDS = ["session", "roster", "patient", "finding", "facility", "resync"];
const followed = new Map(); // facility -> {source, ports}

onconnect = (event) => {
  const port = event.ports[0];
  port.onmessage = ({ data }) => {
    if (data.follow) follow(port, data.follow, data.after);
    else if (data.leave) leave(port);
    else if (data.end) [...followed.keys()].forEach(close);
  };
};

function follow(port, facility, after) {
  leave(port);
  let found = followed.get(facility);
  if (found && found.source.readyState === EventSource.CLOSED) {
    close(facility);
    found = undefined;
  }
  if (found) {
    found.ports.add(port);
    if (found.source.readyState === EventSource.OPEN) port.postMessage({ kind: "open" });
    return;
  }
  found = { source: null, ports: new Set([port]) };
  followed.set(facility, found);
  open(facility, found, after);
}

function open(facility, found, after) {
  const source = new EventSource(`/v1/facilities/${facility}/changes?after=${after}`);
  const tell = (message) => found.ports.forEach((port) => port.postMessage(message));
  found.source = source;
  source.onopen = () => tell({ kind: "open" });
  source.onerror = () => {
    tell({ kind: "error" });
    // A browser does not come again by itself where it was refused.
    if (source.readyState === EventSource.CLOSED) {
      setTimeout(() => {
        if (followed.get(facility) === found && found.ports.size) open(facility, found, after);
      }, 3000);
    }
  };
  for (const kind of KINDS) {
    source.addEventListener(kind, (event) => {
      tell({ kind, change: JSON.parse(event.data || "{}") });
    });
  }
}

function leave(port) {
  for (const [facility, found] of followed) {
    found.ports.delete(port);
    if (!found.ports.size) close(facility);
  }
}

function close(facility) {
  followed.get(facility).source?.close();
  followed.delete(facility);
}
