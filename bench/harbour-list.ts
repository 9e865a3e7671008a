import type { Step } from "../test/support/cargo.ts";

/** A harbour of images as people have it: what the pages are measured with, and what their pictures show. */
export interface Berth {
  name: string;
  description: string;
  categories: string[];
  pulls: number;
  stars: number;
  architectures: string[];
  steps: Step[];
}

const MB = 1_000_000;

function step(command: string, megabytes: number, content?: string): Step {
  return { command, size: Math.round(megabytes * MB), ...(content !== undefined && { content }) };
}

const debian = step("# debian.sh --arch 'amd64' out/ 'bookworm'", 28.2, "debian 12");
const alpine = step("ADD alpine-minirootfs-3.22.tar.gz / # buildkit", 3.6, "alpine 3.22");
const node = step(
  "RUN /bin/sh -c curl -fsSLO https://nodejs.org/dist/v24/node.tar.xz # buildkit",
  48.9,
  "node 24",
);
const python = step(
  "RUN /bin/sh -c ./configure --enable-optimizations && make install # buildkit",
  19.7,
  "python 3.14",
);
const certificates = step(
  "RUN /bin/sh -c apt-get update && apt-get install -y ca-certificates curl # buildkit",
  11.4,
  "ca",
);

const both = ["amd64", "arm64"];
const many = ["amd64", "arm64", "arm", "ppc64le", "s390x"];

function berth(
  name: string,
  description: string,
  categories: string[],
  [pulls, stars]: [number, number],
  architectures: string[],
  steps: Step[],
): Berth {
  return { name, description, categories, pulls, stars, architectures, steps };
}

export const berths: readonly Berth[] = [
  berth(
    "harbour/debian",
    "Debian is a Linux distribution that is composed entirely of free software.",
    ["base-images"],
    [9_412_338, 5120],
    many,
    [debian],
  ),
  berth(
    "harbour/alpine",
    "A minimal image based on Alpine Linux, with a complete package index.",
    ["base-images"],
    [12_904_117, 11_204],
    many,
    [alpine],
  ),
  berth(
    "harbour/nginx",
    "The web server, reverse proxy and load balancer.",
    ["web-servers"],
    [8_220_514, 20_417],
    many,
    [
      debian,
      step("RUN /bin/sh -c apt-get install -y nginx # buildkit", 41.8),
      step("COPY docker-entrypoint.sh / # buildkit", 0.1),
    ],
  ),
  berth(
    "harbour/postgres",
    "The object-relational database system, with a decades-long record.",
    ["databases"],
    [7_003_982, 14_022],
    both,
    [
      debian,
      certificates,
      step("RUN /bin/sh -c apt-get install -y postgresql-17 # buildkit", 112.6),
      step("COPY docker-entrypoint.sh /usr/local/bin/ # buildkit", 0.2),
    ],
  ),
  berth(
    "harbour/redis",
    "An in-memory store for caches, queues and streams.",
    ["caches", "databases"],
    [6_118_020, 13_377],
    both,
    [
      alpine,
      step("RUN /bin/sh -c make install # buildkit", 9.8),
      step("COPY redis.conf /etc/ # buildkit", 0.2),
    ],
  ),
  berth("harbour/node", "JavaScript on the server, with npm.", ["languages"], [5_870_441, 13_906], both, [
    debian,
    certificates,
    node,
  ]),
  berth(
    "harbour/python",
    "An interpreted, interactive, object-oriented language.",
    ["languages"],
    [5_502_113, 9804],
    both,
    [debian, certificates, python],
  ),
  berth(
    "acme/lighthouse",
    "Health checks and status pages for small fleets. One binary, no database.",
    ["monitoring", "networking"],
    [2_418_903, 318],
    both,
    [
      debian,
      certificates,
      step("COPY --from=build /out/lighthouse /usr/bin/ # buildkit", 8.9),
      step("COPY lighthouse.toml /etc/ # buildkit", 0.5),
    ],
  ),
  berth(
    "acme/harbourmaster",
    "Decides which ship may enter: an admission controller that explains itself.",
    ["security"],
    [184_220, 91],
    both,
    [debian, step("COPY harbourmaster /usr/bin/ # buildkit", 14.2)],
  ),
  berth("acme/tide", "Tables of tides as a service, from public gauges.", ["api-tools"], [12_044, 23], both, [
    debian,
    certificates,
    python,
    step("COPY . /srv # buildkit", 2.1),
  ]),
  berth(
    "northwind/ledger",
    "Double-entry book keeping with an API that never loses a cent.",
    ["api-tools", "databases"],
    [96_730, 204],
    both,
    [debian, certificates, node, step("COPY dist /app # buildkit", 6.4)],
  ),
  berth("northwind/ledger-ui", "The pages of Ledger.", ["api-tools"], [41_002, 37], both, [
    alpine,
    node,
    step("COPY build /usr/share/www # buildkit", 3.3),
  ]),
  berth(
    "seagull/prometheus-exporter-for-everything",
    "Exports metrics of whatever has a log file.",
    ["monitoring"],
    [310_991, 512],
    both,
    [alpine, step("COPY exporter / # buildkit", 18.7)],
  ),
  berth(
    "seagull/mail",
    "A whole mail server: SMTP, IMAP, filters and a sensible default for each.",
    ["mail-and-chat"],
    [1_204_118, 1806],
    both,
    [
      debian,
      certificates,
      step("RUN /bin/sh -c apt-get install -y postfix dovecot-imapd rspamd # buildkit", 96.1),
      step("COPY etc /etc # buildkit", 0.3),
    ],
  ),
  berth(
    "seagull/backup",
    "Encrypted, deduplicated backups to anywhere that keeps files.",
    ["storage"],
    [780_004, 940],
    many,
    [alpine, step("COPY backup /usr/bin/ # buildkit", 21.5)],
  ),
  berth(
    "kelp/notebook",
    "Notebooks with the usual libraries, ready for a GPU.",
    ["data-science", "machine-learning"],
    [442_871, 660],
    ["amd64"],
    [
      debian,
      certificates,
      python,
      step("RUN /bin/sh -c pip install jupyterlab pandas scikit-learn # buildkit", 612.4),
      step("RUN /bin/sh -c pip install torch # buildkit", 2140.2),
    ],
  ),
  berth(
    "kelp/whisperer",
    "Turns recordings into text, on your own machine.",
    ["machine-learning", "media"],
    [88_310, 1290],
    both,
    [debian, python, step("COPY models /models # buildkit", 1480)],
  ),
  berth(
    "fathom/gameserver",
    "A dedicated server for Fathom and its mods.",
    ["games"],
    [22_190, 71],
    ["amd64"],
    [debian, step("COPY server /srv # buildkit", 412)],
  ),
];

export const readme = `# Lighthouse

Lighthouse watches what you list in \`lighthouse.toml\` and serves a status page on port 8080.

## Run it

\`\`\`sh
docker run -d --name status -p 8080:8080 \\
  -v ./lighthouse.toml:/etc/lighthouse.toml:ro \\
  hub.example.com/acme/lighthouse:2
\`\`\`

## Configuration

Every check has a name, a target and an interval. A check that fails three times in a row turns red and fires its webhook.

| Key | Default | What it says |
| --- | --- | --- |
| \`name\` | | How the check is called on the page |
| \`target\` | | \`https://\`, \`tcp://\` or \`icmp://\` and a host |
| \`interval\` | \`30s\` | Time between two checks |
| \`webhook\` | none | Where a change is sent |

> [!NOTE]
> Lighthouse keeps its history in memory: a new container begins with an empty page.

## Licence

Apache-2.0.
`;
