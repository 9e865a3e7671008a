/*
 * What people would want to find, written down before anything was searched for: a query, and the repositories that answer it, in groups
 * from best (3) over good (2) to acceptable (1), with `;` between the groups. What is in none is wrong. From the complaints about other
 * hubs: the exact name first, the successor above what is dead, typing mistakes, words that stand in descriptions only.
 */
const judged = `
nginx => library/nginx ; jc21/nginx-proxy-manager nginxproxy/nginx-proxy linuxserver/swag ; jwilder/nginx-proxy corp0/nginx-base hobby0/nginx tutorial/nginx-example student0/docker-nginx
docker => library/docker ; portainer/portainer-ce nginxproxy/nginx-proxy mailserver/docker-mailserver kindest/node ; plexinc/pms-docker library/hello-world hobby3/docker corp3/docker-base
postgres => library/postgres ; bitnami/postgresql postgis/postgis dpage/pgadmin4 timescale/timescaledb pgvector/pgvector acme/postgres-backup-s3 ; corp1/postgres-base hobby1/postgres
postgresql => library/postgres bitnami/postgresql ; postgis/postgis dpage/pgadmin4 timescale/timescaledb pgvector/pgvector acme/postgres-backup-s3 ; corp1/postgres-base
redis => library/redis ; bitnami/redis library/valkey ; corp2/redis-base hobby2/redis
mysql => library/mysql ; library/mariadb library/phpmyadmin zabbix/zabbix-server-mysql databack/mysql-backup acme/mysql-backup ; corp6/mysql-base hobby6/mysql
mongo => library/mongo ; bitnami/mongodb library/mongo-express
mongodb => library/mongo bitnami/mongodb ; library/mongo-express
node => library/node ; nodered/node-red prom/node-exporter kindest/node library/mongo-express ; corp4/node-base hobby4/node
nodejs => library/node ; library/mongo-express
node.js => library/node ; library/mongo-express
python => library/python ; quay/datascience-notebook ; corp5/python-base hobby5/python
python3 => library/python ; quay/datascience-notebook ; corp5/python-base hobby5/python
golang => library/golang
go => library/golang ; gogs/gogs
php => library/php ; library/phpmyadmin library/composer library/adminer linuxserver/swag phpipam/phpipam-www codeigniter/app
java => library/eclipse-temurin ; library/tomcat library/openjdk
openjdk => library/eclipse-temurin library/openjdk
jdk => library/eclipse-temurin ; library/openjdk
rust => library/rust ; vaultwarden/server
alpine => library/alpine ; corp9/alpine-base hobby9/alpine tutorial/alpine-example student9/docker-alpine
ubuntu => library/ubuntu
debian => library/debian ; library/ubuntu
centos => library/centos
apache => library/httpd ; apache/kafka apache/airflow apache/superset apache/spark library/tomcat library/solr library/cassandra library/maven library/zookeeper
httpd => library/httpd
registry => library/registry ; verdaccio/verdaccio ; corp12/registry-base hobby12/registry
wordpress => library/wordpress ; corp8/wordpress-base hobby8/wordpress
grafana => grafana/grafana ; grafana/loki grafana/tempo grafana/promtail ; corp7/grafana-base hobby7/grafana
prometheus => prom/prometheus ; prom/node-exporter prom/alertmanager prom/blackbox-exporter grafana/loki
jenkins => jenkins/jenkins ; jenkins/agent ; corp10/jenkins-base hobby10/jenkins
kafka => apache/kafka bitnami/kafka confluentinc/cp-kafka ; ; corp11/kafka-base hobby11/kafka
vault => hashicorp/vault ; library/vault vaultwarden/server
consul => hashicorp/consul ; library/consul
portainer => portainer/portainer-ce ; portainer/portainer
unifi => linuxserver/unifi-network-application ; linuxserver/unifi-controller
unifi controller => linuxserver/unifi-network-application ; linuxserver/unifi-controller
unifi-controller => linuxserver/unifi-network-application ; linuxserver/unifi-controller
nginx proxy => jc21/nginx-proxy-manager nginxproxy/nginx-proxy ; library/nginx linuxserver/swag ; jwilder/nginx-proxy
nginx-proxy => nginxproxy/nginx-proxy ; jc21/nginx-proxy-manager jwilder/nginx-proxy ; library/nginx linuxserver/swag
datascience notebook => quay/datascience-notebook ; jupyter/datascience-notebook
jupyter => jupyterhub/jupyterhub quay/datascience-notebook ; jupyter/datascience-notebook
library/redis => library/redis
grafana/loki => grafana/loki
linuxserver/plex => linuxserver/plex
docker pull grafana/grafana:latest => grafana/grafana
prom/prometheus:v2.50 => prom/prometheus
linuxserver => linuxserver/sonarr linuxserver/radarr linuxserver/plex ; linuxserver/transmission linuxserver/wireguard linuxserver/swag linuxserver/code-server linuxserver/bookstack linuxserver/unifi-network-application ; linuxserver/unifi-controller
bitnami => bitnami/redis bitnami/postgresql bitnami/kafka bitnami/mongodb bitnami/kubectl
hashicorp => hashicorp/terraform hashicorp/vault hashicorp/consul
ngnix => library/nginx ; jc21/nginx-proxy-manager nginxproxy/nginx-proxy
nginix => library/nginx
phh => library/php
hpp => library/php
postgers => library/postgres
postgrse => library/postgres
reids => library/redis ; bitnami/redis
rdeis => library/redis ; bitnami/redis
mysq => library/mysql
myslq => library/mysql
grafanna => grafana/grafana
graphana => grafana/grafana
promethues => prom/prometheus
kibanna => library/kibana
elasticsaerch => library/elasticsearch
elastic search => library/elasticsearch
wordpres => library/wordpress
wordpess => library/wordpress
rabbitqm => library/rabbitmq
rabbit mq => library/rabbitmq
trafik => library/traefik
treafik => library/traefik
jekins => jenkins/jenkins ; jenkins/agent
keyclock => keycloak/keycloak
portaner => portainer/portainer-ce
nextclod => library/nextcloud
jelyfin => jellyfin/jellyfin
homeassitant => homeassistant/home-assistant
home assistant => homeassistant/home-assistant
home automation => homeassistant/home-assistant ; nodered/node-red koenkk/zigbee2mqtt library/eclipse-mosquitto
web server => library/nginx library/httpd library/caddy ; linuxserver/swag library/tomcat ; jc21/nginx-proxy-manager
reverse proxy => library/nginx library/traefik ; linuxserver/swag
load balancer => library/haproxy
message broker => library/rabbitmq ; library/eclipse-mosquitto
mqtt => library/eclipse-mosquitto koenkk/zigbee2mqtt
mqtt broker => library/eclipse-mosquitto
time series database => library/influxdb prom/prometheus timescale/timescaledb
graph database => library/neo4j
relational database => library/postgres library/mysql library/mariadb
document database => library/mongo ; library/couchdb
database => library/postgres library/mysql library/mariadb library/mongo library/redis library/influxdb ; library/cassandra library/couchdb library/neo4j library/adminer library/phpmyadmin clickhouse/clickhouse-server cockroachdb/cockroach timescale/timescaledb dpage/pgadmin4 library/valkey bitnami/postgresql bitnami/redis library/mongo-express postgis/postgis bitnami/mongodb pgvector/pgvector
monitoring => prom/prometheus grafana/grafana netdata/netdata louislam/uptime-kuma ; library/influxdb library/telegraf prom/node-exporter zabbix/zabbix-server-mysql library/kibana grafana/loki prom/alertmanager tautulli/tautulli fluent/fluent-bit library/logstash ; hobby13/monitoring corp13/monitoring-base
password manager => vaultwarden/server bitwarden/self-host
media server => jellyfin/jellyfin linuxserver/plex plexinc/pms-docker ; tautulli/tautulli
plex => linuxserver/plex plexinc/pms-docker ; tautulli/tautulli
bittorrent => linuxserver/transmission ; linuxserver/sonarr
vpn => linuxserver/wireguard
dns => pihole/pihole adguard/adguardhome sameersbn/bind
ad blocker dns => pihole/pihole adguard/adguardhome
ads blocker => pihole/pihole adguard/adguardhome
sso => keycloak/keycloak authelia/authelia goauthentik/server
email => mailserver/docker-mailserver axllent/mailpit roundcube/roundcubemail ; mailhog/mailhog ; library/rocket.chat matrixdotorg/synapse mattermost/mattermost-team-edition
metrics => grafana/grafana library/telegraf prom/node-exporter library/influxdb ; prom/prometheus netdata/netdata zabbix/zabbix-server-mysql
block ads => pihole/pihole adguard/adguardhome
object storage => minio/minio ; minio/mc
s3 => minio/minio ; acme/postgres-backup-s3 acme/mysql-backup
mysql backup => databack/mysql-backup acme/mysql-backup
postgres backup s3 => acme/postgres-backup-s3
backup => restic/restic databack/mysql-backup acme/postgres-backup-s3 acme/mysql-backup ; lloesche/valheim-server ; hobby14/backup corp14/backup-base
vulnerability scanner => aquasec/trivy anchore/grype
single sign-on => keycloak/keycloak authelia/authelia
identity provider => goauthentik/server ; keycloak/keycloak authelia/authelia
machine learning => tensorflow/tensorflow pytorch/pytorch ollama/ollama ; nvidia/cuda photoprism/photoprism pgvector/pgvector
gpu => nvidia/cuda pytorch/pytorch
minecraft => itzg/minecraft-server
game server => itzg/minecraft-server factoriotools/factorio lloesche/valheim-server
kubernetes => rancher/k3s bitnami/kubectl portainer/portainer-ce kindest/node
k8s => rancher/k3s bitnami/kubectl portainer/portainer-ce kindest/node
kube => rancher/k3s bitnami/kubectl portainer/portainer-ce kindest/node
logs => grafana/loki library/logstash library/kibana grafana/promtail ; grafana/grafana fluent/fluent-bit fluent/fluentd
log collector => fluent/fluentd
tracing => grafana/tempo jaegertracing/all-in-one
git => gitea/gitea gitlab/gitlab-ce gogs/gogs ; gitlab/gitlab-runner
git hosting => gitlab/gitlab-ce ; gitea/gitea gogs/gogs
continuous integration => jenkins/jenkins drone/drone
ci runner => gitlab/gitlab-runner
vs code => codercom/code-server linuxserver/code-server
smtp testing => axllent/mailpit mailhog/mailhog
mail server => mailserver/docker-mailserver
lets encrypt => certbot/certbot jc21/nginx-proxy-manager linuxserver/swag
let's encrypt => certbot/certbot jc21/nginx-proxy-manager linuxserver/swag
wiki => requarks/wiki library/mediawiki linuxserver/bookstack
samba => crazymax/samba dperson/samba
pgadmin => dpage/pgadmin4
phpmyadmin => library/phpmyadmin
myadmin => library/phpmyadmin
postgres admin => dpage/pgadmin4 ; library/adminer
vector search => pgvector/pgvector library/redis
docker image for postgres => library/postgres ; bitnami/postgresql postgis/postgis
official python image => library/python
the best blog platform => library/ghost ; library/wordpress
blog => library/ghost
cms => library/wordpress ; library/drupal library/joomla library/ghost
content management system => library/wordpress library/joomla ; library/drupal
headless chrome => browserless/chrome selenium/standalone-chrome
photo => photoprism/photoprism immich/immich-server
büro => müller/kaffee
buro kaffee => müller/kaffee
数据库 => pekin/shujuku
rocketchat => library/rocket.chat
rocket chat => library/rocket.chat
hello world => library/hello-world
temurin => library/eclipse-temurin
mosquitto => library/eclipse-mosquitto
exporter => prom/node-exporter prom/blackbox-exporter
graf => grafana/grafana ; grafana/loki
elast => library/elasticsearch
`;

export interface Judgement {
  query: string;
  /** Grades by name, from 1 to 3. */
  grades: ReadonlyMap<string, number>;
}

export const judgements: readonly Judgement[] = judged
  .trim()
  .split("\n")
  .map((line) => {
    const [query = "", answers = ""] = line.split(" => ");
    const grades = new Map<string, number>();
    for (const [group, names] of answers.split(";").entries())
      for (const name of names.trim().split(" ").filter(Boolean)) grades.set(name, 3 - group);
    return { query, grades };
  });

/** Normalised discounted cumulative gain of the first ten, from 0 to 1. */
export function gainOf(found: readonly string[], grades: ReadonlyMap<string, number>): number {
  const gain = (values: readonly number[]) =>
    values.slice(0, 10).reduce((sum, value, place) => sum + (2 ** value - 1) / Math.log2(place + 2), 0);
  const best = [...grades.values()].toSorted((a, b) => b - a);
  return gain(found.map((name) => grades.get(name) ?? 0)) / gain(best);
}
