/** Different words for one thing, as people type them. */
const groups: readonly (readonly string[])[] = [
  ["kubernetes", "k8s", "kube"],
  ["postgres", "postgresql", "pgsql"],
  ["mongo", "mongodb"],
  ["golang", "go"],
  ["node", "nodejs"],
  ["js", "javascript"],
  ["ts", "typescript"],
  ["python", "py"],
  ["db", "database"],
  ["elastic", "elasticsearch"],
  ["rabbit", "rabbitmq"],
  ["memcache", "memcached"],
  ["httpd", "apache"],
  ["java", "jdk", "jre", "openjdk"],
  ["dotnet", "aspnet", "csharp"],
  ["letsencrypt", "acme"],
  ["ca", "certificates"],
  ["ml", "machinelearning"],
  ["gitea", "forgejo"],
  ["wiki", "mediawiki"],
  ["mq", "queue"],
  ["smtp", "mailserver"],
  ["s3", "objectstorage"],
  ["auth", "authentication", "login"],
  ["monitor", "monitoring"],
];

const byWord: ReadonlyMap<string, readonly string[]> = new Map(
  groups.flatMap((group) => group.map((word) => [word, group.filter((other) => other !== word)] as const)),
);

export function synonymsOf(word: string): readonly string[] {
  return byWord.get(word) ?? [];
}
