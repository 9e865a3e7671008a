import type { NewRepository } from "./world.ts";

/*
 * A small hub, with repositories like those of a large one: what everybody uses, what companies publish, what people have copied from
 * them, and what nobody looks after any more. Each line: name | description | categories | thousands of pulls | stars | days since the
 * last push. `library` is official, the namespaces of companies are verified.
 */
const lines = `
library/nginx|Official build of Nginx, a web server and reverse proxy|web-servers|9000000|19800|4
library/httpd|The Apache HTTP Server Project|web-servers|3000000|4700|6
library/caddy|Caddy is a web server with automatic HTTPS|web-servers|500000|850|9
library/haproxy|HAProxy, the reliable high performance TCP and HTTP load balancer|web-servers,networking|1000000|1900|9
library/traefik|Traefik, the cloud native edge router and reverse proxy|networking|3300000|3400|5
library/postgres|The PostgreSQL object-relational database system|databases|8900000|13800|6
library/mysql|MySQL is a widely used, open-source relational database management system|databases|4500000|15500|10
library/mariadb|MariaDB Server is a high performing open source relational database, forked from MySQL|databases|2200000|5900|10
library/mongo|MongoDB document databases provide high availability and easy scalability|databases|4000000|10400|8
library/redis|Redis is the data platform for caching, vector search and NoSQL databases|caches,databases|8400000|13100|5
library/valkey|Valkey is a key-value store, a fork of Redis|caches,databases|90000|150|6
library/memcached|Free and open source, high-performance, distributed memory object caching system|caches|2100000|2300|9
library/influxdb|InfluxDB is a time series database for metrics and analytics|databases,monitoring|1100000|1900|8
library/cassandra|Apache Cassandra is an open-source distributed storage system|databases|300000|1500|30
library/couchdb|CouchDB is a database that uses JSON for documents and an HTTP API|databases|150000|650|40
library/neo4j|Neo4j is a graph database|databases|250000|1200|20
library/elasticsearch|Elasticsearch is a distributed search and analytics engine|search|700000|6300|7
library/kibana|Kibana gives shape to data of Elasticsearch: dashboards for logs|monitoring,search|260000|2600|7
library/logstash|Logstash is a tool for managing events and logs|monitoring|250000|2200|7
library/solr|Apache Solr is the search platform of Apache Lucene|search|130000|1300|20
library/rabbitmq|RabbitMQ is an open source message broker|message-queues|3300000|5100|6
library/nats|NATS is an open source messaging system|message-queues|450000|550|8
library/eclipse-mosquitto|Eclipse Mosquitto is an open source message broker which implements MQTT|message-queues,home-automation|560000|1200|20
library/zookeeper|Apache ZooKeeper, a server for distributed coordination|networking|370000|1400|40
library/python|Python is an interpreted, interactive, object-oriented programming language|languages|8500000|9900|4
library/node|Node.js is a JavaScript-based platform for server-side applications|languages|6600000|13700|4
library/golang|Go (golang) is a general purpose, compiled programming language|languages|2200000|5000|4
library/php|While designed for web development, the PHP scripting language also provides general-purpose use|languages|2700000|7800|5
library/ruby|Ruby is a dynamic, reflective, object-oriented programming language|languages|1200000|2400|6
library/rust|Rust is a programming language focused on safety, speed and concurrency|languages|300000|1200|6
library/openjdk|DEPRECATED; use eclipse-temurin. An open-source implementation of the Java Platform|languages|3000000|4000|900|deprecated:library/eclipse-temurin
library/eclipse-temurin|Official images for OpenJDK binaries built by Eclipse Temurin, a runtime for Java|languages|700000|650|6
library/tomcat|Apache Tomcat is an open source implementation of Java Servlet|web-servers|700000|3700|7
library/perl|Perl is a high-level, general-purpose, interpreted programming language|languages|80000|450|30
library/swift|Swift is a compiled programming language for macOS and Linux|languages|30000|350|12
library/elixir|Elixir is a dynamic, functional language|languages|90000|450|20
library/alpine|A minimal image based on Alpine Linux, only 5 MB in size|base-images|9900000|11100|12
library/ubuntu|Ubuntu is a Debian-based Linux operating system|base-images|7000000|17400|11
library/debian|Debian is a Linux distribution that is composed of free and open-source software|base-images|2600000|5200|9
library/fedora|Official builds of Fedora, a Linux distribution|base-images|200000|1200|15
library/centos|DEPRECATED; The official build of CentOS|base-images|1300000|7800|1500|deprecated
library/busybox|Busybox base image|base-images|6500000|3400|20
library/registry|Distribution implementation for storing and distributing container images and artifacts|developer-tools|1600000|4100|15
library/docker|Docker in Docker!|developer-tools|1500000|2700|5
library/wordpress|The WordPress rich content management system|content-management|1700000|5900|8
library/ghost|Ghost is a free and open source blogging platform|content-management|190000|1800|8
library/drupal|Drupal is an open source content management platform|content-management|110000|1000|9
library/joomla|Joomla! is an open source content management system|content-management|70000|500|20
library/nextcloud|A safe home for all your data: files, calendar, contacts|storage|1100000|4400|8
library/adminer|Database management in a single PHP file|databases,developer-tools|230000|900|20
library/phpmyadmin|phpMyAdmin: a web interface for MySQL and MariaDB|databases,developer-tools|330000|1200|20
library/mongo-express|Web-based MongoDB admin interface, written with Node.js and express|databases,developer-tools|170000|1500|60
library/sonarqube|SonarQube: clean code in any project|developer-tools|350000|2400|12
library/maven|Apache Maven is a software project management and build tool|build-tools|320000|1900|8
library/gradle|Gradle is a build tool with a focus on build automation|build-tools|170000|700|8
library/composer|Composer is a dependency manager written in and for PHP|build-tools|290000|900|9
library/vault|DEPRECATED; use hashicorp/vault|security|300000|1100|1100|deprecated:hashicorp/vault
library/consul|DEPRECATED; use hashicorp/consul|networking|400000|1400|1100|deprecated:hashicorp/consul
library/telegraf|Telegraf is an agent for collecting metrics|monitoring|170000|750|9
library/hello-world|Hello World! An example of minimal Dockerization|developer-tools|900000|2400|60
library/matomo|Matomo is an analytics platform for web sites|content-management|60000|450|15
library/rocket.chat|The complete open source chat solution|mail-and-chat|90000|800|300
library/varnish|Varnish is an HTTP accelerator, a cache for web sites|caches,web-servers|50000|330|20
hashicorp/vault|Vault is a tool for secrets management and encryption|security|60000|450|8
hashicorp/consul|Consul: service discovery and service mesh|networking|40000|100|8
hashicorp/terraform|Terraform: infrastructure as code|build-tools|120000|2600|8
grafana/grafana|The official Grafana container: dashboards for metrics and logs|monitoring|4100000|3400|3
grafana/loki|Loki: like Prometheus, but for logs|monitoring|800000|270|5
grafana/promtail|Agent that ships logs to Loki|monitoring|350000|80|30
grafana/tempo|A distributed tracing backend|monitoring|60000|50|6
prom/prometheus|Prometheus monitoring system and time series database|monitoring|1800000|2000|7
prom/node-exporter|Prometheus exporter for hardware and OS metrics|monitoring|900000|450|20
prom/alertmanager|Prometheus Alertmanager|monitoring|500000|350|20
prom/blackbox-exporter|Prometheus exporter that probes endpoints|monitoring|200000|60|30
jenkins/jenkins|The leading open source automation server, for continuous integration|build-tools|600000|4100|4
jenkins/agent|Agent for Jenkins|build-tools|90000|80|6
gitlab/gitlab-ce|GitLab Community Edition: git hosting and CI|developer-tools|250000|4300|8
gitlab/gitlab-runner|GitLab CI runner|build-tools|900000|950|5
gitea/gitea|Gitea: painless self-hosted git service|developer-tools|300000|850|9
portainer/portainer-ce|Portainer CE: a management UI for Docker, Swarm and Kubernetes|developer-tools|1200000|2600|12
portainer/portainer|DEPRECATED: see portainer-ce|developer-tools|500000|2300|1600|deprecated:portainer/portainer-ce
minio/minio|Multi-cloud object storage, compatible with S3|storage|1700000|850|30
minio/mc|MinIO client for object storage|storage|200000|60|30
vaultwarden/server|Password manager server compatible with Bitwarden, written in Rust|security|500000|700|15
homeassistant/home-assistant|Home automation that puts local control and privacy first|home-automation|700000|2800|3
pihole/pihole|Pi-hole: a DNS sinkhole that blocks ads|networking|950000|2700|20
adguard/adguardhome|AdGuard Home: network-wide ads and trackers blocking DNS server|networking|250000|950|15
jellyfin/jellyfin|Jellyfin: the free software media server|media|300000|1300|15
plexinc/pms-docker|Plex Media Server|media|280000|900|10
linuxserver/plex|Plex media server by LinuxServer.io|media|950000|1500|5
linuxserver/sonarr|Sonarr: series manager for newsgroups and BitTorrent|media|1300000|2100|5
linuxserver/radarr|Radarr: a fork of Sonarr to work with movies|media|1100000|1800|5
linuxserver/transmission|Transmission: a BitTorrent client|media|300000|950|6
linuxserver/wireguard|WireGuard: a simple, fast and modern VPN|networking|250000|950|6
linuxserver/unifi-controller|DEPRECATED: the UniFi controller software|networking|900000|1900|700|deprecated:linuxserver/unifi-network-application
linuxserver/unifi-network-application|The UniFi Network Application: manage UniFi devices|networking|90000|120|5
linuxserver/swag|Nginx web server and reverse proxy with PHP and a built-in Certbot client for Let's Encrypt|web-servers,security|200000|650|5
linuxserver/code-server|VS Code in the browser|developer-tools|220000|700|4
codercom/code-server|Run VS Code on any machine and access it in the browser|developer-tools|150000|650|6
jc21/nginx-proxy-manager|Nginx Proxy Manager: manage proxy hosts with a web interface, with Let's Encrypt|web-servers,networking|700000|1800|25
nginxproxy/nginx-proxy|Automated nginx proxy for Docker containers|web-servers,networking|120000|150|15
certbot/certbot|Certbot: get certificates from Let's Encrypt|security|180000|450|15
cloudflare/cloudflared|Cloudflare Tunnel client|networking|600000|600|5
bitnami/postgresql|Bitnami container for PostgreSQL|databases|900000|350|6
bitnami/redis|Bitnami container for Redis|caches,databases|1400000|360|6
bitnami/kafka|Bitnami container for Kafka|message-queues|300000|800|6
bitnami/mongodb|Bitnami container for MongoDB|databases|300000|280|6
bitnami/kubectl|Bitnami container for kubectl, the Kubernetes command line|developer-tools|400000|60|6
apache/kafka|Apache Kafka: a distributed event streaming platform|message-queues|60000|220|9
apache/airflow|Apache Airflow: a platform to programmatically author, schedule and monitor workflows|data-science|350000|560|9
apache/superset|Apache Superset: data exploration and dashboards|data-science|90000|280|9
apache/spark|Apache Spark: an analytics engine for large-scale data processing|data-science|30000|120|20
confluentinc/cp-kafka|Confluent community edition of Kafka|message-queues|350000|650|12
clickhouse/clickhouse-server|ClickHouse: a column-oriented database for analytics|databases|150000|180|5
cockroachdb/cockroach|CockroachDB: distributed SQL database|databases|60000|90|8
timescale/timescaledb|TimescaleDB: time series database on PostgreSQL|databases|120000|250|9
postgis/postgis|PostGIS: spatial database extension for PostgreSQL|databases|180000|620|12
dpage/pgadmin4|pgAdmin 4 is a web based administration tool for PostgreSQL|databases,developer-tools|400000|1400|8
pgvector/pgvector|Vector similarity search for Postgres|databases,machine-learning|30000|90|12
tensorflow/tensorflow|Official images for the machine learning framework TensorFlow|machine-learning|80000|2600|25
pytorch/pytorch|PyTorch: tensors and dynamic neural networks with GPU acceleration|machine-learning|25000|1300|15
ollama/ollama|The easiest way to run large language models|machine-learning|90000|1400|4
jupyter/datascience-notebook|DEPRECATED here: Jupyter notebook for data science|data-science|30000|1100|800|deprecated:quay/datascience-notebook
quay/datascience-notebook|Jupyter notebook for data science with Python, R and Julia|data-science|4000|80|8
jupyterhub/jupyterhub|JupyterHub: multi-user Jupyter notebook server|data-science|25000|320|20
nvidia/cuda|CUDA images for GPU computing|machine-learning,base-images|120000|1800|20
mailserver/docker-mailserver|Production-ready fullstack mail server: SMTP, IMAP, antispam|mail-and-chat|60000|750|15
axllent/mailpit|Email and SMTP testing tool with a web interface|mail-and-chat,developer-tools|70000|160|12
mailhog/mailhog|Web and API based SMTP testing|mail-and-chat,developer-tools|150000|350|2000
roundcube/roundcubemail|Roundcube webmail|mail-and-chat|30000|220|15
matrixdotorg/synapse|Synapse: Matrix homeserver|mail-and-chat|70000|180|7
mattermost/mattermost-team-edition|Mattermost: team chat|mail-and-chat|20000|90|8
itzg/minecraft-server|Minecraft server that auto-downloads the latest version|games|250000|2100|4
factoriotools/factorio|Factorio headless game server|games|12000|400|10
lloesche/valheim-server|Valheim dedicated game server with automatic update and world backup|games|20000|180|60
restic/restic|Restic: fast, secure, efficient backup program|storage|15000|60|20
syncthing/syncthing|Syncthing: continuous file synchronisation|storage|200000|650|12
rclone/rclone|Rclone: sync files to cloud storage|storage|40000|120|12
dperson/samba|Samba file server|storage|150000|950|1900
crazymax/samba|Samba file server, kept up|storage|15000|60|30
aquasec/trivy|Trivy: vulnerability scanner for container images|security|120000|130|6
anchore/grype|Vulnerability scanner for container images and file systems|security|5000|25|6
keycloak/keycloak|Keycloak: open source identity and access management, single sign-on|identity|90000|320|8
authelia/authelia|Authelia: single sign-on and two-factor authentication|identity|60000|130|8
goauthentik/server|Authentik: identity provider|identity|40000|70|5
osixia/openldap|OpenLDAP directory server|identity|120000|900|1300
bitwarden/self-host|Bitwarden password manager|security|10000|60|8
louislam/uptime-kuma|Uptime Kuma: a self-hosted monitoring tool|monitoring|250000|1000|20
zabbix/zabbix-server-mysql|Zabbix server with MySQL support|monitoring|90000|650|9
netdata/netdata|Netdata: real-time performance monitoring|monitoring|500000|950|3
jaegertracing/all-in-one|Jaeger: distributed tracing|monitoring|150000|190|12
fluent/fluentd|Fluentd: log collector|monitoring|150000|380|30
fluent/fluent-bit|Fluent Bit: lightweight log processor and forwarder|monitoring|900000|120|8
containrrr/watchtower|Updates running containers automatically|developer-tools|1200000|2600|800
rancher/k3s|Lightweight Kubernetes|developer-tools|90000|90|6
kindest/node|Node image of kind: Kubernetes in Docker|developer-tools|130000|110|15
n8nio/n8n|n8n: workflow automation|developer-tools|150000|1100|3
nodered/node-red|Node-RED: low-code programming for event-driven applications|home-automation|300000|900|12
koenkk/zigbee2mqtt|Zigbee to MQTT bridge|home-automation|150000|450|12
selenium/standalone-chrome|Selenium standalone with Chrome for browser tests|developer-tools|180000|680|8
browserless/chrome|Headless Chrome as a service|developer-tools|90000|310|500
tautulli/tautulli|Monitoring and statistics for Plex Media Server|media,monitoring|90000|320|15
sameersbn/bind|BIND DNS server with Webmin|networking|40000|420|1500
kong/kong|Kong: API gateway|networking|200000|130|20
envoyproxy/envoy|Envoy: cloud-native service proxy|networking|500000|160|5
photoprism/photoprism|PhotoPrism: photo app powered by machine learning|media|60000|230|12
immich/immich-server|Immich: photo and video management|media|50000|150|4
paperlessngx/paperless-ngx|Paperless: scan, index and archive documents|storage|40000|180|10
requarks/wiki|Wiki.js: a modern wiki|content-management|60000|280|30
linuxserver/bookstack|BookStack: a wiki to organise documentation|content-management|90000|450|6
library/mediawiki|MediaWiki: free software wiki package|content-management|40000|750|10
gogs/gogs|Gogs is a painless self-hosted git service|developer-tools|70000|1000|30
verdaccio/verdaccio|Verdaccio: a private npm registry|developer-tools|60000|180|20
sonatype/nexus3|Sonatype Nexus Repository|developer-tools|120000|1400|10
drone/drone|Drone: continuous integration platform|build-tools|60000|300|200
atlassian/jira-software|Jira: issue tracking|developer-tools|15000|180|10
müller/kaffee|Kaffeemaschine für das Büro|home-automation|2|1|30
pekin/shujuku|数据库 数据管理平台|databases|40|6|20
acme/mysql-backup|Backup of MySQL databases to S3|storage,databases|3000|90|40
acme/postgres-backup-s3|Backup PostgreSQL to S3, periodically|storage,databases|9000|130|60
databack/mysql-backup|Back up MySQL databases to anywhere|storage,databases|20000|160|30
phpipam/phpipam-www|phpIPAM: IP address management|networking|6000|60|15
codeigniter/app|Sample application on the CodeIgniter PHP framework|languages|30|2|900
jwilder/nginx-proxy|DEPRECATED: moved to nginxproxy|web-servers,networking|400000|1900|900|deprecated:nginxproxy/nginx-proxy
`;

const verified = new Set(
  "hashicorp grafana prom jenkins gitlab gitea portainer minio homeassistant pihole adguard jellyfin plexinc linuxserver certbot cloudflare bitnami apache confluentinc clickhouse cockroachdb timescale postgis tensorflow pytorch ollama nvidia aquasec keycloak netdata fluent rancher n8nio selenium kong envoyproxy".split(
    " ",
  ),
);

/** People copy what everybody uses, under the same name or one like it. */
const copies = [
  "nginx",
  "postgres",
  "redis",
  "docker",
  "node",
  "python",
  "mysql",
  "grafana",
  "wordpress",
  "alpine",
  "jenkins",
  "kafka",
  "registry",
  "monitoring",
  "backup",
].flatMap((name, n): NewRepository[] => [
  { name: `hobby${n}/${name}`, description: `My ${name} image`, pulls: 300 + n, stars: 1, age: 800 },
  { name: `student${n}/docker-${name}`, description: "", pulls: 90, age: 1200 },
  {
    name: `corp${n}/${name}-base`,
    description: `Base image of our team, with ${name}`,
    pulls: 20_000,
    stars: 0,
    age: 100,
  },
  {
    name: `tutorial/${name}-example`,
    description: `Example for ${name} with docker`,
    pulls: 4000,
    stars: 3,
    age: 1500,
  },
]);

/** As they can be given to `SearchWorld.add`: what leads to a successor comes behind it. */
export function relevanceCatalogue(): NewRepository[] {
  const read = lines.trim().split("\n").map(readLine);
  return [
    ...read.filter(({ successor }) => !successor),
    ...read.filter(({ successor }) => successor),
    ...copies,
  ];
}

function readLine(line: string): NewRepository {
  const [name = "", description = "", categories = "", pulls = "0", stars = "0", age = "0", state = ""] =
    line.split("|");
  const namespace = name.split("/")[0] ?? "";
  const [deprecated, successor] = state.split(":");
  return {
    name,
    description,
    categories: categories.split(","),
    pulls: Number(pulls) * 1000,
    recent: deprecated ? Number(pulls) / 4 : Number(pulls) * 1.5,
    stars: Number(stars),
    age: Number(age),
    badge: namespace === "library" ? "official" : verified.has(namespace) ? "verified" : undefined,
    deprecated: deprecated === "deprecated",
    ...(successor ? { successor } : {}),
  };
}
