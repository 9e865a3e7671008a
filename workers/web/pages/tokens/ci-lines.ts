/** What somebody copies into their CI system, once a rule is there. */
export interface CiLines {
  label: string;
  text: string;
}

interface Target {
  /** Whose namespace the jobs work in. */
  namespace: string;
  /** Scheme, host and port of the hub: what the id_token is asked for. */
  origin: string;
  issuer: string;
}

const github = "https://token.actions.githubusercontent.com";

export function ciLines({ namespace, origin, issuer }: Target): CiLines {
  const login = `docker login --username ${namespace} --password-stdin ${new URL(origin).host}`;
  if (issuer === github)
    return {
      label: "GitHub Actions, in the job",
      text: `permissions:
  contents: read
  id-token: write
steps:
  - run: |
      curl -sSf -H "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" \\
        "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=${origin}" |
        jq -r .value | ${login}`,
    };
  return {
    label: issuer === "https://gitlab.com" ? "GitLab CI, in the job" : "A job of a GitLab server",
    text: `id_tokens:
  WHERRY_ID_TOKEN:
    aud: ${origin}
script:
  - echo "$WHERRY_ID_TOKEN" | ${login}`,
  };
}

/** What claims of a rule begin with, for who makes the first one. */
export function exampleClaims(issuer: string): string {
  return issuer === github
    ? "repository = octo/web\nref = refs/heads/main"
    : "project_path = group/web\nref = main";
}
