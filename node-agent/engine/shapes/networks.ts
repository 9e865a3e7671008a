import type { Network, Networks } from "../../networks/index.ts";
import { rfc3339 } from "../times.ts";

/** One network of `GET /networks`. */
export function networkLine(network: Network) {
  const { id, name, driver, internal, subnet, gateway, range, reserved, subnet6, gateway6 } = network;
  const four =
    subnet === ""
      ? []
      : [
          {
            Subnet: subnet,
            ...(range === undefined ? {} : { IPRange: range }),
            Gateway: gateway,
            ...(Object.keys(reserved).length === 0 ? {} : { AuxiliaryAddresses: reserved }),
          },
        ];
  const six = subnet6 === undefined ? [] : [{ Subnet: subnet6, Gateway: gateway6 }];
  return {
    Name: name,
    Id: id,
    Created: rfc3339(network.createdAt),
    Scope: "local",
    Driver: driver,
    EnableIPv4: true,
    EnableIPv6: subnet6 !== undefined,
    IPAM: { Driver: "default", Options: driver === "bridge" ? {} : null, Config: [...four, ...six] },
    Internal: internal,
    Attachable: network.attachable,
    Ingress: false,
    ConfigFrom: { Network: "" },
    ConfigOnly: false,
    Containers: {},
    Options: network.options,
    Labels: network.labels,
  };
}

/** `GET /networks/{id}`: with who is on it. */
export function networkDetail(network: Network, networks: Networks) {
  const on = networks.attachedTo(network.id).map(({ sandbox, endpoint }) => [
    sandbox.container,
    {
      Name: sandbox.name,
      EndpointID: endpoint.id,
      MacAddress: endpoint.mac,
      IPv4Address: `${endpoint.address}/${endpoint.prefix}`,
      IPv6Address: endpoint.address6 === undefined ? "" : `${endpoint.address6}/${endpoint.prefix6}`,
    },
  ]);
  return { ...networkLine(network), Containers: Object.fromEntries(on) as Record<string, unknown> };
}
