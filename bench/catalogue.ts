import { SeededRandom } from "../test/support/random.ts";

/** A repository of the generated catalogue. */
export interface CatalogueEntry {
  name: string;
  description: string;
  categories: string[];
  /** Pulls of all time, decayed pulls per day, stars. */
  pulls: number;
  recent: number;
  stars: number;
  /** Days before now. */
  age: number;
}

/** Software that images are of, with what it is and the category it is in; the first ones are the most common. */
const software: readonly (readonly [name: string, what: string, category: string])[] =
  `nginx,web server and reverse proxy,web-servers;python,programming language,languages;node,JavaScript runtime,languages;postgres,relational database,databases
redis,in-memory key value store,caches;mysql,relational database,databases;alpine,minimal Linux distribution,base-images;ubuntu,Linux distribution,base-images
debian,Linux distribution,base-images;mongo,document database,databases;golang,programming language,languages;docker,container engine,developer-tools
php,scripting language,languages;java,runtime for Java programs,languages;wordpress,content management system,content-management;grafana,dashboards for metrics,monitoring
prometheus,monitoring system and time series database,monitoring;traefik,cloud native edge router,networking;elasticsearch,search engine,search;kibana,dashboards for logs,monitoring
rabbitmq,message broker,message-queues;jenkins,automation server,build-tools;kafka,event streaming platform,message-queues;mariadb,relational database,databases
haproxy,load balancer,networking;ruby,programming language,languages;rust,programming language,languages;tomcat,servlet container,web-servers
vault,secrets management,security;consul,service discovery,networking;nextcloud,file hosting,storage;gitea,git service,developer-tools
sonarqube,code quality inspection,developer-tools;keycloak,identity and access management,identity;minio,object storage,storage;influxdb,time series database,databases
telegraf,metrics agent,monitoring;caddy,web server with automatic HTTPS,web-servers;memcached,memory object cache,caches;ghost,blogging platform,content-management
drupal,content management system,content-management;neo4j,graph database,databases;cassandra,wide column database,databases;couchdb,document database,databases
solr,search platform,search;zookeeper,coordination service,networking;nats,messaging system,message-queues;mosquitto,MQTT broker,message-queues
registry,image registry,developer-tools;portainer,container management,developer-tools;homeassistant,home automation,home-automation;pihole,DNS sinkhole for ads,networking
jellyfin,media server,media;plex,media server,media;sonarr,series manager,media;radarr,film manager,media;transmission,BitTorrent client,media;vaultwarden,password manager,security
minecraft,game server,games;factorio,game server,games;valheim,game server,games;tensorflow,machine learning framework,machine-learning;pytorch,machine learning framework,machine-learning
jupyter,interactive notebooks,data-science;airflow,workflow scheduler,data-science;spark,data processing engine,data-science;superset,data exploration,data-science;mlflow,machine learning lifecycle,machine-learning
ollama,language model server,machine-learning;postfix,mail transfer agent,mail-and-chat;dovecot,mail server,mail-and-chat;mattermost,team chat,mail-and-chat;synapse,chat home server,mail-and-chat
wireguard,virtual private network,networking;openvpn,virtual private network,networking;certbot,certificate client,security;trivy,vulnerability scanner,security;clair,vulnerability scanner,security
fluentd,log collector,monitoring;loki,log aggregation,monitoring;jaeger,distributed tracing,monitoring;zabbix,monitoring,monitoring;uptime,availability monitoring,monitoring
kubernetes,container orchestration,developer-tools;terraform,infrastructure as code,build-tools;ansible,automation,build-tools;helm,package manager for Kubernetes,build-tools
drone,continuous integration,build-tools;gitlab,development platform,developer-tools;nexus,artifact repository,developer-tools;verdaccio,npm registry,developer-tools
maven,build tool,build-tools;gradle,build tool,build-tools;composer,dependency manager,build-tools;clickhouse,column database,databases;cockroach,distributed database,databases
timescale,time series database,databases;scylla,wide column database,databases;dgraph,graph database,databases;etcd,key value store,databases;varnish,HTTP accelerator,caches
squid,caching proxy,caches;envoy,service proxy,networking;kong,API gateway,networking;bind,DNS server,networking;unbound,DNS resolver,networking;samba,file server,storage
restic,backup program,storage;syncthing,file synchronisation,storage;rclone,cloud storage sync,storage;ffmpeg,video converter,media;imagemagick,image converter,media`
    .split(/[;\n]/)
    .map((line) => line.split(",") as [string, string, string]);

const roles =
  "server client api proxy exporter operator agent worker ui web admin backup cluster base builder runtime dev test ci cron init sidecar controller gateway dashboard cli tools bot sync migrate config".split(
    " ",
  );
const flavours =
  "alpine slim arm64 rootless nonroot fpm ssl php8 node18 python3 jdk17 cuda gpu debian ubuntu full lite edge nightly custom my the new old".split(
    " ",
  );
const projects =
  "shop blog portal billing invoice payment auth login users orders cart catalog inventory search notify mailer chat forum wiki docs status metrics logs events stream video photo music game weather maps travel hotel bank school course exam todo notes calendar crm erp hr fleet sensor robot drone home garden kitchen recipe fitness health clinic".split(
    " ",
  );
const syllables =
  "ka lo mi ta re no su vi da pe ri mo sa tu li ge fo ba ne ho ki ju la zo ro de mar ton sen berg ville stein wood land ford".split(
    " ",
  );
const openings = [
  "Docker image of",
  "Container image for",
  "A small image with",
  "Image for",
  "",
  "Run",
  "The",
];
const endings =
  "with sensible defaults;on Alpine Linux;for arm64 and amd64;for Kubernetes;with TLS;built every night;for development;for production;with extra modules;used by our team;behind a reverse proxy;with backups to S3;".split(
    ";",
  );

/** How many namespaces there are for so many repositories. */
const perNamespace = 6;

/**
 * Repositories with names as people give them, used as unevenly as such things are: the n-th most popular one about 1/n as much as the
 * first (Zipf). The same ones in each run. Their order is by chance.
 */
export function* catalogue(size: number): Generator<CatalogueEntry> {
  const random = new SeededRandom(4);
  const pick = <T>(list: readonly T[]): T => list[random.below(list.length)] as T;
  /** Nearer to the beginning of a list, the more often. */
  const favour = <T>(list: readonly T[]): T =>
    list[Math.floor(list.length * (random.below(1_000_000) / 1_000_000) ** 2)] as T;
  const namespaces = Array.from({ length: Math.ceil(size / perNamespace) }, (_, n) =>
    n === 0
      ? "library"
      : `${Array.from({ length: 2 + random.below(2) }, () => pick(syllables)).join("")}${n % 3 === 0 ? random.below(100) : ""}`,
  );
  const standings = shuffled(size, random);
  const taken = new Set<string>();
  for (let n = 0; n < size; n += 1) {
    const [name, what, category] = favour(software);
    const official = n < software.length;
    const own = official ? (software[n] ?? [name, what, category]) : [name, what, category];
    const repository = official
      ? `library/${own[0]}`
      : `${favour(namespaces)}/${nameOf(own[0] ?? name, random, pick)}`;
    const free = taken.has(repository) ? `${repository}-${n}` : repository;
    taken.add(free);
    const standing = official ? n : (standings[n] ?? n);
    const pulls = Math.floor(2_000_000_000 / (standing + 1));
    yield {
      name: free,
      description:
        random.below(5) === 0 && !official
          ? ""
          : [pick(openings), own[0], own[1], pick(endings)].filter(Boolean).join(" "),
      categories: random.below(3) === 0 || official ? [own[2] ?? category] : [],
      pulls,
      recent: pulls / (200 + random.below(2000)),
      stars: Math.floor(pulls / (20_000 + random.below(200_000))),
      age: random.below(random.below(4) === 0 ? 2000 : 200),
    };
  }
}

function nameOf(product: string, random: SeededRandom, pick: <T>(list: readonly T[]) => T): string {
  const [role, flavour, project] = [pick(roles), pick(flavours), pick(projects)];
  const shapes = [
    product,
    `${product}-${role}`,
    `${product}-${flavour}`,
    `${role}-${product}`,
    `${project}-${role}`,
    `${project}-${product}`,
    `${project}_${role}`,
    `docker-${product}`,
    `${product}${random.below(20)}`,
    `${project}-${role}-${flavour}`,
    `${product}.${role}`,
    project + role,
  ];
  return pick(shapes);
}

/** The numbers below `size`, in an order by chance. */
function shuffled(size: number, random: SeededRandom): Uint32Array {
  const numbers = Uint32Array.from({ length: size }, (_, index) => index);
  for (let index = size - 1; index > 0; index -= 1) {
    const other = random.below(index + 1);
    [numbers[index], numbers[other]] = [numbers[other] ?? 0, numbers[index] ?? 0];
  }
  return numbers;
}
