// Written by tools/openapi.ts from openapi/openapi.json; do not edit.

export interface paths {
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Metrics for Prometheus; the call accepts the metrics token too */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/bids": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Bid for a container
         * @description Matches the bid, reserves resources at the best volunteer and begins to start the container. The call answers when a volunteer has given its lease; the events of the deployment report what follows. With `dryRun` it only matches.
         */
        post: operations["placeBid"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/borrowers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The peers to which this peer lends, the largest amount first */
        get: operations["listBorrowers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/borrowers/{peer}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What one peer owes, how much it may owe, and why; works for every peer id */
        get: operations["explainCredit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cached-images": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The images of tenants in the engine of this peer, sent or pulled */
        get: operations["listCachedImages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cached-images/{digest}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Remove an image of a tenant that no lease uses */
        delete: operations["removeCachedImage"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/convictions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Convicted keys, which this peer refuses, each with its fork proof */
        get: operations["listConvictions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/credit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How this peer lends, and how much it lends newcomers today */
        get: operations["getCredit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/deployments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The deployments of this peer, the newest first */
        get: operations["listDeployments"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/deployments/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One deployment */
        get: operations["getDeployment"];
        put?: never;
        post?: never;
        /** Stop a deployment and keep its entry; to stop one that has ended is not an error */
        delete: operations["stopDeployment"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/deployments/{id}/copy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Copy files of a copy of a deployment, or into it; for programs
         * @description A frame is its length in four bytes (big-endian), its kind in one, and so many bytes less one, at most 64 KiB. The first frame of the request has kind 0 and carries JSON. It carries a CopyInput. What goes in follows as a tar in frames of kind 1, and an empty one ends it; what comes out is a tar in frames of kind 2, which has the name of the file or folder at its top. Files, folders and symlinks that stay inside are copied, without set-uid, set-gid and owners. A frame of kind 7 says in JSON (`name`, `reason`) what was left out. The last frame is 5 (one byte: 0, or 1 where something was left out), or 6 (the code of an error); an answer without one has broken off.
         */
        post: operations["copyFiles"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/deployments/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The state of a deployment now and after every change, until it has ended */
        get: operations["watchDeployment"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/deployments/{id}/exec": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run a program in a copy of a deployment, beside its own; for programs
         * @description A frame is its length in four bytes (big-endian), its kind in one, and so many bytes less one, at most 64 KiB. The first frame of the request has kind 0 and carries JSON. It carries an ExecInput. After it come frames of kind 1 (what the program reads; an empty one is the end of that) and 4 (a new size of its terminal: rows and columns, two bytes each). The answer begins while the request goes on, when the program has begun. It has frames of kind 2 (stdout), 3 (stderr), and a last one: 5 (one byte, the exit code), or 6 (the code of an error). An answer that ends without one has broken off. The program ends with the call.
         */
        post: operations["runInDeployment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/deployments/{id}/http/{port}/{path}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Call a published port of a container; for programs
         * @description Credentials, cookies and hop-by-hop headers are removed in both directions.
         */
        get: operations["proxyGet"];
        /**
         * Call a published port of a container; for programs
         * @description Credentials, cookies and hop-by-hop headers are removed in both directions.
         */
        put: operations["proxyPut"];
        /**
         * Call a published port of a container; for programs
         * @description Credentials, cookies and hop-by-hop headers are removed in both directions.
         */
        post: operations["proxyPost"];
        /**
         * Call a published port of a container; for programs
         * @description Credentials, cookies and hop-by-hop headers are removed in both directions.
         */
        delete: operations["proxyDelete"];
        /**
         * Call a published port of a container; for programs
         * @description Credentials, cookies and hop-by-hop headers are removed in both directions.
         */
        options: operations["proxyOptions"];
        head?: never;
        /**
         * Call a published port of a container; for programs
         * @description Credentials, cookies and hop-by-hop headers are removed in both directions.
         */
        patch: operations["proxyPatch"];
        trace?: never;
    };
    "/v1/deployments/{id}/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The output of the containers of a deployment, in order of time */
        get: operations["readLogs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/earnings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What each peer owes this one and what this one owes it, by the receipts that both signed; the largest debt first */
        get: operations["listEarnings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The events of this peer, the newest first; it keeps some thousand events */
        get: operations["listEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A stream of the events of this peer, from now on */
        get: operations["watchEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/forwards": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The ports of the machine of this peer that lead to ports of deployments */
        get: operations["listForwards"];
        put?: never;
        /**
         * Lead a port of the machine of this peer to a port of a deployment
         * @description Any protocol over TCP. Each connection goes to one of the copies that are well, in turn. It ends with the deployment, and is there again after a restart of the peer. Whoever can reach the port can use it: on loopback, all users of the machine.
         */
        post: operations["addForward"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/forwards/{forward}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Listen no more; connections that are open are reset */
        delete: operations["endForward"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The health of this peer */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The images that this peer can send */
        get: operations["listImages"];
        put?: never;
        /**
         * Read an image, to be sent to volunteers that do not have it
         * @description Answers once it is read, which takes some seconds for each gigabyte. A bid that names it goes to volunteers that hold it or take it; to those that lack it the layers that they lack are sent.
         */
        post: operations["addImage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/images/{image}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Take a name of an image away and, with the last name or by digest, send the image no more; what runs of it goes on */
        delete: operations["removeImage"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The invitations that this peer made */
        get: operations["listInvitations"];
        put?: never;
        /** Invite another peer: each of the two then vouches for the other */
        post: operations["invite"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/leases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Leases that this peer gave and took, the newest first */
        get: operations["listLeases"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/leases/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End a lease that this peer gave, immediately
         * @description If the lease is within the limit of its tenant, this breaks it (`EVICTED`), and the tenant counts it against this peer. If the lease is preemptible, this only recalls it (`RECALLED`). With `dryRun` the call only says which.
         */
        delete: operations["evict"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/ledger/pairs/{side}/{peer}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The latest receipt with another peer under the newest header, or that there is none, with the proof */
        get: operations["provePair"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/market/offers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The offers that this peer knows, including its own */
        get: operations["listMarketOffers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/offers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The offers of this peer, including those that are off the market now */
        get: operations["listOffers"];
        put?: never;
        /** Offer resources at a price */
        post: operations["makeOffer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/offers/{series}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Withdraw an offer; its running leases continue */
        delete: operations["withdrawOffer"];
        options?: never;
        head?: never;
        /** Add images to an offer or remove images from it; its running leases continue */
        patch: operations["changeOffer"];
        trace?: never;
    };
    "/v1/peer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The id, the network and the addresses of this peer */
        get: operations["getSelf"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/peers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The peers to which this peer is connected */
        get: operations["listPeers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/pushes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The images that this peer has pushed to volunteers lately, and those on their way */
        get: operations["listPushes"];
        put?: never;
        /**
         * Begin to push an image to a volunteer ahead of a lease
         * @description Answers at once; the list of pushes says how far it is. A push goes on after a restart of this peer or of the volunteer. One that is under way is not begun again.
         */
        post: operations["pushImage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/pushes/{push}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End a push, or forget one that is over */
        delete: operations["endPush"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/receipts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Receipts that both sides signed, in the order of their ids */
        get: operations["listReceipts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop this peer, as SIGTERM does
         * @description The call answers before the peer stops. Containers keep running without it; the next start finds them again.
         */
        post: operations["stopPeer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trust": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All peers that the evidence names, the best first */
        get: operations["listTrust"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trust/{peer}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Why this peer rates another one as it does; the reasons are empty if nothing is known */
        get: operations["explainTrust"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/volunteering": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the offers are paused, and the numbers of offers and leases */
        get: operations["getVolunteering"];
        /**
         * Pause all offers, or bring them back; running leases continue
         * @description A pause survives restarts. Offers that are made during a pause come to the market when it ends.
         */
        put: operations["setVolunteering"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/vouches": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The vouches of this peer */
        get: operations["listVouches"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/vouches/{peer}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Vouch for a peer; the new vouch replaces an earlier one
         * @description With `dryRun` nothing is signed: the answer says what the call would change.
         */
        put: operations["vouch"];
        post?: never;
        /**
         * Take a vouch back
         * @description With `dryRun` nothing is signed: the answer says what the call would change.
         */
        delete: operations["revokeVouch"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description What a tenant asks for */
        BidInput: {
            /** @description Accept only this architecture */
            architecture?: string;
            /** @description How long a copy may continue while this peer is out of reach; milliseconds */
            awayMs?: number;
            /** @description Command to run instead of the command of the image */
            command?: string[];
            /** @description How long the deployment may run; milliseconds */
            durationMs: number;
            /** @description Environment variables; only the chosen volunteer gets them */
            env?: {
                [key: string]: string;
            };
            /** @description Small files for the container, read-only and in memory only */
            files?: {
                /** @description The file, in base64; all that a container is started with is at most 1 MiB */
                base64: string;
                /** @description Where the container has it */
                path: string;
            }[];
            /**
             * @description How long a volunteer may be out of reach before the copy on it is replaced
             * @default 15000
             */
            graceMs?: number;
            health?: components["schemas"]["HealthInput"];
            /** @description `name`, or `name@sha256:…` with the digest of the configuration of the image */
            image: string;
            /** @description `key=value` */
            labels?: string[];
            /** @description The most that the tenant pays for all the resources together */
            maxPriceMicrocreditsPerHour: number;
            /** @description A name for people; two running deployments cannot have the same name */
            name?: string;
            /** @description Ports of the container that the tenant wants to call */
            ports?: number[];
            /**
             * @description Privileges of the container. By default those that the image asks for, if the offer grants them
             * @enum {unknown}
             */
            privileges?: "user" | "root";
            pull?: components["schemas"]["Pull"];
            /** @description Accept only this region */
            region?: string;
            /**
             * @description Number of copies, each on a different volunteer; the peer places all of them or none
             * @default 1
             */
            replicas?: number;
            resources: components["schemas"]["BidResources"];
            restart?: components["schemas"]["RestartInput"];
            /** @description Accept only this runtime class */
            runtimeClass?: string;
            /** @description Secrets, which only the chosen volunteer gets; in memory only */
            secrets?: {
                /** @description The secret, in base64; all that a container is started with is at most 1 MiB */
                base64: string;
                /** @description The container finds it at `/run/secrets/NAME` */
                name: string;
            }[];
            /** @description Volumes. Each copy of the deployment has its own, within its disk; they are gone when its lease ends */
            volumes?: {
                /** @description A name for people */
                name?: string;
                /** @description Where the container has it */
                path: string;
                /** @description A folder or file on the machine of the peer. Each copy begins with what it holds now; it is copied, not shared */
                source?: string;
            }[];
            /**
             * @description Replace a copy only when the old one can no longer run: for programs that must not run twice
             * @default false
             */
            waitOut?: boolean;
        };
        /** @description Resources to reserve, which are hard limits of the container: at least what the smallest container needs */
        BidResources: {
            /** @description Thousandths of a cpu */
            cpuMillis: number;
            /** @description Disk: one budget for all that is written to the root, with /tmp in it, and to every volume. It is lost with the lease. Without it 512 MiB */
            diskBytes?: number;
            /** @description Number of GPUs; default: none */
            gpus?: number;
            memoryBytes: number;
        };
        /** @description What a peer owes this peer, and how much it may owe */
        Borrower: {
            /** @description The amount that it is lent above its limit: for preemptible leases, for free, or lent while its limit was higher */
            beyondMicrocredits: number;
            /** @description The part of the limit that flows through other peers */
            flowMicrocredits: number;
            /** @description The amount held for service that it has not signed yet and for epochs that run */
            heldMicrocredits: number;
            /** @description The amount that it is lent within its limit */
            lentMicrocredits: number;
            /** @description The most that it may owe, without the pool of newcomers */
            limitMicrocredits: number;
            /** @description The amount that it is lent from the pools of newcomers */
            newcomerMicrocredits: number;
            /** @description What it owes this peer, by the receipts that both signed; below 0, this peer owes it */
            owedMicrocredits: number;
            /** @description The part of the limit that comes from its service to this peer */
            ownMicrocredits: number;
            /** @description The borrower */
            peer: string;
            /** @description The five paths on which most of that flows */
            ways: components["schemas"]["CreditWay"][];
        };
        /** @description An image of a tenant in the engine of this volunteer */
        CachedImage: {
            digest: string;
            /** @description Whether a lease uses it, or waits for it */
            inUse: boolean;
            /** @description All layers, unpacked */
            sizeBytes: number;
            /** @description When a lease used it last, or it came; 0: not known; milliseconds since 1970 */
            usedAtMs: number;
        };
        /** @description An offer that fits a bid */
        Candidate: {
            /** @description The offer */
            offer: string;
            /** @description Price for all the resources together */
            priceMicrocreditsPerHour: number;
            /** @description The chance that a lease with the volunteer goes well; 0 if no peer within reach knows it */
            quality: number;
            /** @description The series of the offer, which is the same for all revisions */
            series: string;
            /** @description The volunteer that made it */
            volunteer: string;
            /** @description Whether the volunteer lists the image, or this peer pushed it there, so that it need not be fetched */
            warm: boolean;
        };
        /**
         * @description A constraint of the match
         * @enum {unknown}
         */
        Constraint: "alive" | "own" | "cpu" | "memory" | "disk" | "gpu" | "architecture" | "image" | "privileges" | "volumes" | "egress" | "region" | "runtimeClass" | "labels" | "duration" | "limits" | "reach" | "traffic" | "price" | "spread";
        /** @description A key that signed two headers that contradict each other, and the proof */
        Conviction: {
            /** @description The network in which the conviction is valid */
            network: string;
            /** @description One of the two headers */
            one: string;
            /** @description The other header */
            other: string;
            /** @description The convicted key, as a peer id */
            peer: string;
            /** @description Both headers, in base64 (docs/formats.md) */
            proof: string;
            /** @description Sequence number at which the two headers contradict each other */
            seq: number;
        };
        /** @description Files of a copy of a deployment, to take out or to put in */
        CopyInput: {
            /**
             * @description Into the copy, or out of it
             * @enum {unknown}
             */
            direction: "in" | "out";
            /**
             * @description Of what goes in: it is one file or folder, which gets the name in the path if no folder is there; else the path is a folder
             * @default false
             */
            isOne?: boolean;
            /** @description Absolute; with a slash at its end it has to be a folder */
            path: string;
            /** @description Number of the replica; counted from 0. May be left out where there is one */
            replica?: number;
        };
        /** @description Cumulative counters. Only the charges are owed; the other counters are information */
        Counters: {
            /** @description The charges, which are owed */
            chargedMicrocredits: number;
            /** @description Measured cpu time */
            cpuMilliseconds: number;
            /** @description Measured disk */
            diskMibSeconds: number;
            /** @description Measured memory */
            memoryMibSeconds: number;
            /** @description Measured tunnel traffic */
            tunnelKib: number;
        };
        /** @description How this peer lends */
        CreditState: {
            /** @description Whether idle resources are lent above the limits */
            lendIdle: boolean;
            /** @description Share of the offered resources that newcomers together may owe for, per day */
            newcomerShare: number;
            /** @description The part of it that is already lent */
            newcomersLentMicrocredits: number;
            /** @description The most that newcomers together may owe today */
            newcomersMicrocredits: number;
            /**
             * @description To whom this peer lends. `market`: to everybody, each within a limit; `friends`: only to peers that it vouches for, without limit; `free`: to everybody, without limit
             * @enum {unknown}
             */
            policy: "market" | "friends" | "free";
        };
        /** @description A path on which credit flows to a borrower */
        CreditWay: {
            /** @description The credit that flows on this path */
            microcredits: number;
            /** @description The peers on the path, beginning after this peer; the last one is the borrower */
            peers: string[];
        };
        /** @description What the tenant wants to run, and its state */
        Deployment: {
            /** @description Where a browser on the machine of this peer finds each port, without a token; empty when it has ended, and where the API does not listen on loopback */
            addresses: {
                port: number;
                /** @description As in `http://site.localhost:4800/` */
                url: string;
            }[];
            /** @description The most that can be unsigned at any time, for all copies together */
            atRiskMicrocredits: number;
            /** @description A code from the table of errors; empty if there is none */
            cause: string;
            /** @description The charges that both sides have signed so far, for all copies together */
            chargedMicrocredits: number;
            /** @description When this peer got the bid; milliseconds since 1970 */
            createdAtMs: number;
            /** @description When it ended; milliseconds since 1970 */
            endedAtMs?: number;
            /** @description When it ends at the latest; milliseconds since 1970 */
            endsAtMs: number;
            /** @description Exit code of the container, if it has ended with one */
            exitCode?: number;
            /** @description How long a volunteer may be out of reach before the copy on it is replaced; milliseconds */
            graceMs: number;
            /** @description The deployment */
            id: string;
            image: {
                digest: string;
                name: string;
            };
            /** @description The copies, in the order of replica and incarnation */
            instances: components["schemas"]["Instance"][];
            name: string;
            ports: number[];
            /** @description Price of the latest copies together, without those that are lost, are stopping or have ended */
            priceMicrocreditsPerHour: number;
            /** @description Refusals of the last placement */
            refusals: {
                /** @description A code from the table of errors; empty if there is none */
                code: string;
                /** @description The volunteer that refused */
                volunteer: string;
            }[];
            /** @description Number of copies wanted */
            replicas: number;
            resources: components["schemas"]["Resources"];
            /** @description Number of copies that run */
            running: number;
            /** @description When all copies ran for the first time; milliseconds since 1970 */
            runningSinceMs?: number;
            /**
             * @description `degraded`: some copies run, and others are not running yet
             * @enum {unknown}
             */
            state: "placing" | "fetching" | "starting" | "running" | "restarting" | "degraded" | "paused" | "unknown" | "stopping" | "ended" | "failed";
            /** @description The volumes that each copy has, by name and by where the container has them */
            volumes: {
                name: string;
                path: string;
            }[];
            waiting?: components["schemas"]["Waiting"];
            /** @description Whether a replacement waits until the old copy can no longer run */
            waitOut: boolean;
        };
        /** @description What two peers owe each other, by the receipts that both signed */
        Earning: {
            /** @description All that it has charged this peer */
            consumedMicrocredits: number;
            /** @description What this peer consumed from it; halves every 90 days */
            consumedNowMicrocredits: number;
            /** @description What it owes this peer; below 0, this peer owes it */
            owedMicrocredits: number;
            /** @description The other peer */
            peer: string;
            /** @description All that this peer has charged it */
            servedMicrocredits: number;
            /** @description What this peer served it; halves every 90 days */
            servedNowMicrocredits: number;
        };
        /** @description An event at this peer; fields that do not apply are absent */
        Event: {
            /** @description When it happened; milliseconds since 1970 */
            atMs: number;
            /** @description A code from the table of errors; empty if there is none */
            cause?: string;
            /** @description With a receipt: all charges of the pair so far */
            chargedMicrocredits?: number;
            /** @description The deployment */
            deployment?: string;
            /** @description Number of the copy of this replica */
            incarnation?: number;
            /**
             * @description What the event is about, and what happened to it
             * @enum {unknown}
             */
            kind: "offer.made" | "offer.withdrawn" | "offer.revised" | "offer.paused" | "offer.resumed" | "lease.reserved" | "lease.fetching" | "lease.starting" | "lease.running" | "lease.paused" | "lease.stalled" | "lease.restarting" | "lease.ended" | "lease.entered" | "deployment.placed" | "deployment.stopping" | "deployment.ended" | "deployment.failed" | "copy.placing" | "copy.fetching" | "copy.starting" | "copy.running" | "copy.refused" | "copy.waiting" | "copy.healthy" | "copy.unhealthy" | "copy.restarting" | "copy.paused" | "copy.unknown" | "copy.stopping" | "copy.lost" | "copy.ended" | "copy.failed" | "receipt.signed" | "invitation.joined" | "problem.begun" | "problem.over";
            /** @description The lease */
            lease?: string;
            /** @description The series of the offer */
            offer?: string;
            /** @description The other peer */
            peer?: string;
            /** @description If something is unhealthy: why its health check failed, as the volunteer or the program says; if a copy waits: why it has no place */
            reason?: string;
            /** @description Number of the replica */
            replica?: number;
            /** @description Grows by one with every event of this peer */
            seq: number;
        };
        /** @description The end of a lease that the volunteer ended early */
        Eviction: {
            /** @description The cause with which the lease ends or has ended */
            cause: string;
            /** @description Whether the tenant counts this end as a failure of this peer */
            isBreach: boolean;
            lease: components["schemas"]["Lease"];
        };
        /** @description A program to run in a copy of a deployment, beside its own */
        ExecInput: {
            /** @description The program and its arguments; no shell reads them */
            command: string[];
            /** @description Variables beside those of the container */
            env?: {
                [key: string]: string;
            };
            /** @description Where it begins; that of the container by default */
            folder?: string;
            /**
             * @description Whether it has something to read
             * @default false
             */
            input?: boolean;
            /** @description Number of the replica; counted from 0. May be left out where there is one */
            replica?: number;
            /** @description Gives it a terminal of this size; all it writes is then one stream */
            terminal?: {
                /** @description Characters on a line */
                columns: number;
                /** @description Lines */
                rows: number;
            };
            /** @description Who runs it, by name or number, with a group if need be; without it the user of the container. Root only where the container has its rights */
            user?: string;
        };
        /** @description How far an image is on its way to the volunteer, in bytes as they travel */
        Fetch: {
            /** @description What has come */
            bytes: number;
            /** @description How fast it comes */
            bytesPerSecond: number;
            /** @description What is to come in all; 0 while that is not known */
            ofBytes: number;
        };
        /** @description A port of the machine of this peer that leads to a port of a deployment */
        Forward: {
            /** @description Why it does not listen, or why the latest connection that did not get to a copy did not; empty otherwise */
            code: string;
            /** @description Connections that are open */
            connections: number;
            /** @description When it was made; milliseconds since 1970 */
            createdAtMs: number;
            /** @description The deployment */
            deployment: string;
            /** @description When the latest connection did not get to a copy; milliseconds since 1970 */
            failedAtMs?: number;
            /** @description Names the forward */
            id: string;
            /** @description An address of the machine of this peer */
            ip: string;
            /** @description Whether it listens now; if not, it is tried again */
            listens: boolean;
            localPort: number;
            port: number;
        };
        /** @description Which port of a deployment to lead to, and from where */
        ForwardInput: {
            /** @description The deployment */
            deployment: string;
            /**
             * @description An address of the machine of this peer
             * @default 127.0.0.1
             */
            ip?: string;
            /**
             * @description Where to listen; 0: a free port
             * @default 0
             */
            localPort?: number;
            port: number;
        };
        /** @description The health of this peer */
        Health: {
            /** @description Number of connected peers */
            connectedPeers: number;
            /** @enum {unknown} */
            engine: "up" | "down" | "none";
            /** @description Sequence number of the newest header; 0 before the first */
            ledgerSeq: number;
            network: string;
            /** @description Whether the owner has paused the offers; a pause is not a problem */
            paused: boolean;
            /** @description This peer */
            peer: string;
            /** @description The present problems */
            problems: {
                /** @description What to do */
                advice: string;
                /** @enum {unknown} */
                code: "ENGINE_DOWN" | "ENGINE_DISK_FULL" | "ENGINE_DISK_LOW" | "DISK_FULL" | "DISK_LOW" | "DISK_FAILING" | "CLOCK_WRONG" | "NETWORK_UNSHARED" | "NO_PEERS" | "KEY_RUNS_TWICE" | "INVITATION_REFUSED";
            }[];
            /**
             * @description `degraded`: the peer has problems
             * @enum {unknown}
             */
            status: "ok" | "degraded";
            version: string;
        };
        /** @description How the volunteer finds out whether the program works. Without it the check of the image runs, if it has one. The port is published like the ports of the bid */
        HealthInput: {
            /** @description With `exec`: the program and its arguments, without a shell */
            command?: string[];
            /**
             * @description Time between two checks; at least 5000 with `exec`
             * @default 10000
             */
            intervalMs?: number;
            /**
             * @description `http`: a GET gets a status from 200 to 399; `tcp`: the port accepts a connection; `exec`: the command exits with 0; `none`: no check, also if the image has one
             * @enum {unknown}
             */
            kind: "none" | "http" | "tcp" | "exec";
            /**
             * @description With `http`
             * @default /
             */
            path?: string;
            port?: number;
            /**
             * @description Failures in a row that make a copy unhealthy
             * @default 3
             */
            retries?: number;
            /**
             * @description For so long after a start failures do not count
             * @default 15000
             */
            startPeriodMs?: number;
            /**
             * @description A check that takes longer has failed
             * @default 5000
             */
            timeoutMs?: number;
        };
        /** @description Images to add to an offer and to remove from it */
        ImageChange: {
            /** @description Images of the engine to add */
            add?: string[];
            /** @description Images of the offer to remove */
            drop?: string[];
        };
        /** @description Where an image comes from that this peer is to send */
        ImageSource: {
            /** @description An image of the engine of this peer, by name or digest */
            engine: string;
            /** @description What bids call it */
            name?: string;
        } | {
            /** @description Which of its architectures, as in `amd64` */
            architecture?: string;
            /** @description What bids call it */
            name: string;
            /** @description An archive of `docker save`, or an OCI layout as an archive or a folder, on the machine of the peer; compressed or not */
            path: string;
            /** @description Which image of the archive, where it holds several */
            tag?: string;
        };
        /** @description One copy of a deployment under one lease */
        Instance: {
            /** @description The most that can be unsigned at any time */
            atRiskMicrocredits: number;
            /** @description The signed bid */
            bid: string;
            /** @description A code from the table of errors; empty if there is none */
            cause: string;
            /** @description The charges that both sides have signed so far */
            chargedMicrocredits: number;
            /** @description When the lease was given; milliseconds since 1970 */
            createdAtMs: number;
            /** @description How much more this peer may come to owe the volunteer; absent if there is no limit */
            creditLeftMicrocredits?: number;
            /** @description When it ended; milliseconds since 1970 */
            endedAtMs?: number;
            /** @description When the lease ends; milliseconds since 1970 */
            endsAtMs: number;
            /** @description Exit code of the last run of the container that ended with one */
            exitCode?: number;
            fetch?: components["schemas"]["Fetch"];
            /**
             * @description What the health check of a running copy says; absent if it has none. Calls go only to copies that are healthy or have none
             * @enum {unknown}
             */
            health?: "starting" | "healthy" | "unhealthy";
            /** @description Why the health check failed last, on one line, as the volunteer says; absent if the copy is healthy */
            healthFailure?: string;
            /** @description Counts the copies of this replica, from 1; calls go only to the copy with the highest number */
            incarnation: number;
            /** @description The lease */
            lease: string;
            /** @description Until when a copy that is out of reach may still run beside its replacement; milliseconds since 1970 */
            overlapUntilMs?: number;
            /** @description Price for all its resources together */
            priceMicrocreditsPerHour: number;
            /** @description Number of the replica; counted from 0 */
            replica: number;
            /** @description How often its volunteer has restarted the container */
            restarts: number;
            /** @description When it was first seen running; milliseconds since 1970 */
            runningSinceMs?: number;
            /** @enum {unknown} */
            state: "placing" | "fetching" | "starting" | "running" | "restarting" | "paused" | "unknown" | "stopping" | "lost" | "ended" | "failed";
            /** @description The volunteer that runs it */
            volunteer: string;
        };
        /** @description The state of an invitation; its text is not kept */
        Invitation: {
            /** @description The credit with which this peer answers for the invitee */
            creditMicrocredits: number;
            /** @description When it expires if nobody uses it; milliseconds since 1970 */
            expiresAtMs: number;
            /** @description The signed record */
            id: string;
            /** @description When it was made; milliseconds since 1970 */
            issuedAtMs: number;
            /** @description When that peer joined; milliseconds since 1970 */
            joinedAtMs?: number;
            /** @description The peer that joined with it */
            peer?: string;
            /** @enum {unknown} */
            state: "open" | "used" | "expired";
        };
        /** @description An invitation to make */
        InvitationInput: {
            /** @description Addresses at which the invitee can reach this peer. Default: the addresses at which it listens */
            addresses?: string[];
            /**
             * @description The credit with which this peer answers for the invitee: this peer, and those that it served, lend it half of that
             * @default 10000000
             */
            creditMicrocredits?: number;
            /** @description How long the invitation is valid: at most 90 days; milliseconds */
            expiresInMs?: number;
        };
        /** @description An invitation to pass on */
        Invited: {
            /** @description Addresses at which the invitee will look for this peer */
            addresses: string[];
            /** @description The credit with which this peer answers for the invitee */
            creditMicrocredits: number;
            /** @description When it expires if nobody uses it; milliseconds since 1970 */
            expiresAtMs: number;
            /** @description The signed record */
            id: string;
            /** @description When it was made; milliseconds since 1970 */
            issuedAtMs: number;
            /** @description When that peer joined; milliseconds since 1970 */
            joinedAtMs?: number;
            /** @description The peer that joined with it */
            peer?: string;
            /** @enum {unknown} */
            state: "open" | "used" | "expired";
            /** @description The line to pass on; one peer can join with it, once */
            text: string;
        };
        /** @description The state of joining by an invitation */
        Joining: {
            /** @description A code from the table of errors; empty if there is none */
            code: string;
            /** @description The credit with which the inviter answers for this peer; 0 until this peer has joined */
            creditMicrocredits: number;
            /** @description The inviter */
            peer: string;
            /** @enum {unknown} */
            state: "waiting" | "joined" | "refused";
        };
        /** @description A lease, as this peer knows it */
        Lease: {
            /** @description The most that can be unsigned at any time */
            atRiskMicrocredits: number;
            /** @description The bid that it accepts */
            bid: string;
            /** @description A code from the table of errors; empty if there is none */
            cause: string;
            /** @description The charges that both sides have signed */
            chargedMicrocredits: number;
            /** @description When it ends; milliseconds since 1970 */
            endsAtMs: number;
            /** @description Number of epochs that are paid */
            epochs: number;
            /** @description Exit code of the last run of its container that ended; only the volunteer has it */
            exitCode?: number;
            /** @description The lease */
            id: string;
            /** @description Name of the image, as in the bid */
            image: string;
            /** @description When it was signed; milliseconds since 1970 */
            issuedAtMs: number;
            /** @description Price for all its resources together */
            priceMicrocreditsPerHour: number;
            resources: components["schemas"]["Resources"];
            /** @description How often its container was restarted; only the volunteer has it */
            restarts?: number;
            /** @enum {unknown} */
            side: "volunteer" | "tenant";
            /** @description Why the container did not start, in the words of the engine; only the volunteer has it, until its peer stops */
            startFailure?: string;
            /** @enum {unknown} */
            state: "reserved" | "fetching" | "starting" | "running" | "paused" | "stalled" | "restarting" | "ended";
            /** @description The tenant, which pays */
            tenant: string;
            /** @description The charges for what ran and is not signed yet, up to now. The two sides sign at the end of each epoch, so this grows while the container runs. A tenant knows the rest of a lease that has ended from its volunteer, and has 0 until then */
            unsignedMicrocredits: number;
            /** @description How long its container has been up; milliseconds */
            upMs: number;
            /** @description Usage since the lease began. A volunteer knows it up to now, a tenant up to the last receipt */
            usage: {
                /** @description Cpu time used, in milliseconds of one cpu */
                cpuMilliseconds: number;
                /** @description Memory used: MiB multiplied by seconds */
                memoryMibSeconds: number;
                /** @description KiB that passed through tunnels */
                tunnelKib: number;
            };
            /** @description The volunteer, which gives the lease */
            volunteer: string;
        };
        /** @description One line of a log. What is missing is said by a line of a peer on stderr that begins with `[tallymesh: ` */
        LogLine: {
            /** @description When it was written, by the clock of the volunteer; milliseconds since 1970 */
            atMs: number;
            /** @description Which copy of that replica */
            incarnation: number;
            /** @description Number of the replica that wrote it; counted from 0 */
            replica: number;
            /** @enum {unknown} */
            stream: "stdout" | "stderr";
            text: string;
        };
        /** @description The result of a match: candidates in the order of preference, or the reasons why there are none */
        Match: {
            /** @description The offers that fit the first replica */
            candidates: components["schemas"]["Candidate"][];
            /** @description Number of offers that were considered */
            considered: number;
            /** @description The first choice of each replica */
            placements: components["schemas"]["Candidate"][];
            relaxations: components["schemas"]["Relaxation"][];
            /** @description Number of offers that each constraint removed; several constraints can count the same offer */
            removed: {
                /** @description Number of offers */
                alive?: number;
                /** @description Number of offers */
                architecture?: number;
                /** @description Number of offers */
                cpu?: number;
                /** @description Number of offers */
                disk?: number;
                /** @description Number of offers */
                duration?: number;
                /** @description Number of offers */
                egress?: number;
                /** @description Number of offers */
                gpu?: number;
                /** @description Number of offers */
                image?: number;
                /** @description Number of offers */
                labels?: number;
                /** @description Number of offers */
                limits?: number;
                /** @description Number of offers */
                memory?: number;
                /** @description Number of offers */
                own?: number;
                /** @description Number of offers */
                price?: number;
                /** @description Number of offers */
                privileges?: number;
                /** @description Number of offers */
                reach?: number;
                /** @description Number of offers */
                region?: number;
                /** @description Number of offers */
                runtimeClass?: number;
                /** @description Number of offers */
                spread?: number;
                /** @description Number of offers */
                traffic?: number;
                /** @description Number of offers */
                volumes?: number;
            };
            /** @description How many offers more would fit if the container need not be root; only where it is to be */
            withoutRoot?: number;
        };
        /** @description An offer as this peer knows it */
        Offer: {
            /** @description Addresses of the volunteer, as multiaddrs */
            addresses: string[];
            /** @description When the offer expires, unless a new sign of life arrives; milliseconds since 1970 */
            aliveUntilMs: number;
            /** @description Whether every other image of its engine may run too */
            anyImage: boolean;
            /** @description Architecture, as the engine names it */
            architecture: string;
            /** @description Length of the first epoch; milliseconds */
            firstEpochMs: number;
            /** @description Id of the signed record; every revision has a new one */
            id: string;
            images: {
                digest: string;
                name: string;
            }[];
            /** @description `key=value` */
            labels: string[];
            /** @description The longest lease that this offer gives; milliseconds */
            longestLeaseMs: number;
            /** @description How long a container may continue while its tenant is out of reach; milliseconds */
            maxAwayMs: number;
            /** @description Length of the longest epoch; milliseconds */
            maxEpochMs: number;
            /** @description Size of the largest image that a tenant may send, unpacked; 0: none */
            maxSentBytes: number;
            prices: components["schemas"]["Prices"];
            /** @description Privileges that a container can have */
            privileges: string[];
            /** @description Registries that the volunteer pulls images from; `*`: any with a public name and address */
            pulls: string[];
            /** @description Region; empty if the volunteer names none */
            region: string;
            resources: components["schemas"]["Resources"];
            runtimeClasses: string[];
            /** @description Sequence number, which grows with every revision */
            seq: number;
            /** @description Id of the series, which is the same for all revisions */
            series: string;
            /** @description How the disk limit of a lease is kept */
            storage: {
                /** @description `quota`: by the kernel; `watched`: what is over it is ended */
                limit: string;
            };
            /** @description The volunteer that makes the offer */
            volunteer: string;
        };
        /** @description An offer to make. Fields that are absent get their values from the configuration and the engine */
        OfferInput: {
            /**
             * @description Whether every other image of the engine may run too
             * @default false
             */
            anyImage?: boolean;
            /** @description Images of the engine that the offer lists */
            images?: string[];
            /** @description `key=value` */
            labels?: string[];
            /** @description The longest lease that this offer gives; milliseconds */
            longestLeaseMs?: number;
            /** @description Size of the largest image that a tenant may send, unpacked; 0: none. The default is a setting of the peer */
            maxSentBytes?: number;
            prices?: components["schemas"]["Prices"];
            /** @description Registries that images are pulled from; `*`: any with a public name and address */
            pulls?: string[];
            /** @description Region of the machine, as a word that the peers of the network agree on */
            region?: string;
            resources: components["schemas"]["OfferResources"];
        };
        /** @description Resources to offer: at least what the smallest container needs */
        OfferResources: {
            /** @description Thousandths of a cpu */
            cpuMillis: number;
            diskBytes: number;
            gpus: number;
            memoryBytes: number;
        };
        /** @description An image that this peer can send to volunteers */
        OwnImage: {
            /** @description When it was read; milliseconds since 1970 */
            addedAtMs: number;
            /** @description As in `amd64` */
            architecture: string;
            digest: string;
            /** @description How many it has */
            layers: number;
            /** @description One of its names, each of which has an item; empty: another image has its name now, and a deployment still needs it */
            name: string;
            /** @description All layers, unpacked */
            sizeBytes: number;
            /** @description Whom it runs as; empty: root */
            user: string;
        };
        /** @description An offer that this peer makes. `total` is all that it promises; `resources` is the part that is still free */
        OwnOffer: {
            /** @description Addresses of the volunteer, as multiaddrs */
            addresses: string[];
            /** @description When the offer expires, unless a new sign of life arrives; milliseconds since 1970 */
            aliveUntilMs: number;
            /** @description Whether every other image of its engine may run too */
            anyImage: boolean;
            /** @description Architecture, as the engine names it */
            architecture: string;
            /** @description Length of the first epoch; milliseconds */
            firstEpochMs: number;
            /** @description Id of the signed record; every revision has a new one */
            id: string;
            images: {
                digest: string;
                name: string;
            }[];
            /** @description `key=value` */
            labels: string[];
            /** @description The longest lease that this offer gives; milliseconds */
            longestLeaseMs: number;
            /** @description How long a container may continue while its tenant is out of reach; milliseconds */
            maxAwayMs: number;
            /** @description Length of the longest epoch; milliseconds */
            maxEpochMs: number;
            /** @description Size of the largest image that a tenant may send, unpacked; 0: none */
            maxSentBytes: number;
            prices: components["schemas"]["Prices"];
            /** @description Privileges that a container can have */
            privileges: string[];
            /** @description Registries that the volunteer pulls images from; `*`: any with a public name and address */
            pulls: string[];
            /** @description Region; empty if the volunteer names none */
            region: string;
            resources: components["schemas"]["Resources"];
            runtimeClasses: string[];
            /** @description Sequence number, which grows with every revision */
            seq: number;
            /** @description Id of the series, which is the same for all revisions */
            series: string;
            /**
             * @description `listed`: the offer is in the market. Otherwise it is not: the owner has paused all offers, the engine does not answer, or a disk is full
             * @enum {unknown}
             */
            state: "listed" | "paused" | "engine-silent" | "disk-full";
            /** @description How the disk limit of a lease is kept */
            storage: {
                /** @description `quota`: by the kernel; `watched`: what is over it is ended */
                limit: string;
            };
            total: components["schemas"]["Resources"];
            /** @description The volunteer that makes the offer */
            volunteer: string;
        };
        /** @description What a header proves about one pair: its latest receipt. Without a receipt, it proves that there is no such pair */
        PairProof: {
            /** @description The other peer of the pair */
            counterparty: string;
            /** @description The newest header */
            header: string;
            /** @description The network for which header and receipt are signed */
            network: string;
            /** @description Number of pairs that the header commits to */
            pairs: number;
            /** @description The peer that signed the header */
            peer: string;
            receipt?: components["schemas"]["Receipt"];
            /** @description Sequence number of the header */
            seq: number;
            /** @enum {unknown} */
            side: "volunteer" | "tenant";
            /** @description Header, path and receipt in base64 (docs/formats.md), for independent checks */
            statement: string;
        };
        /** @description A connected peer */
        Peer: {
            /** @description Addresses of the peer, as multiaddrs */
            addresses: string[];
            /** @enum {unknown} */
            direction: "inbound" | "outbound";
            /** @description A peer to which this peer is connected */
            peer: string;
        };
        /** @description The result of a bid that was placed */
        Placement: {
            deployment: components["schemas"]["Deployment"];
            match: components["schemas"]["Match"];
        };
        /** @description Prices in microcredits per reserved unit and hour */
        Prices: {
            /** @description Price of one cpu for an hour */
            cpuHour: number;
            /** @description Price of one GiB of disk for an hour */
            diskGibHour: number;
            /** @description Price of one GPU for an hour */
            gpuHour: number;
            /** @description Price of one GiB of memory for an hour */
            memoryGibHour: number;
        };
        /** @description An error (RFC 9457) */
        Problem: {
            /** @enum {unknown} */
            code: "INTERNAL" | "BAD_REQUEST" | "UNAUTHORIZED" | "FORBIDDEN" | "HOST_REFUSED" | "NOT_FOUND" | "METHOD_NOT_ALLOWED" | "REQUEST_TIMEOUT" | "HEADERS_TOO_LARGE" | "BODY_TOO_LARGE" | "UNSUPPORTED_MEDIA_TYPE" | "TOO_MANY_REQUESTS" | "IDEMPOTENCY_MISMATCH" | "STOPPING" | "RECORD_MALFORMED" | "RECORD_TOO_LARGE" | "RECORD_UNKNOWN_KIND" | "RECORD_WRONG_NETWORK" | "SIGNATURE_INVALID" | "KEY_INVALID" | "PROOF_INVALID" | "STATES_STALE" | "STATES_PARTIAL" | "STATES_FORGED" | "STATES_WITHHELD" | "FORK_UNPROVEN" | "RECEIPT_GAP" | "RECEIPT_FALLS" | "RECEIPT_DECAY" | "RECEIPT_DAY" | "RECEIPT_SUM" | "RECEIPT_STRANGER" | "RECEIPT_LEASE" | "REPORT_REFUSED" | "LEDGER_IN_USE" | "LEDGER_EMPTY" | "LEDGER_ABSENT" | "LEDGER_UNREADABLE" | "LEDGER_VALUE_DAMAGED" | "LEDGER_KEY_UNKNOWN" | "LEDGER_RECORD_INVALID" | "LEDGER_RECORD_MISSING" | "LEDGER_RECORD_UNCOVERED" | "LEDGER_HEADER_MISSING" | "LEDGER_HEADER_INVALID" | "LEDGER_ROOT_MISMATCH" | "LEDGER_TAIL_LOST" | "LEDGER_HEAD_MISSING" | "LEDGER_HEAD_INVALID" | "LEDGER_INDEX_MISMATCH" | "LEDGER_MAP_INVALID" | "LEDGER_OUTCOME_LEASE" | "LEDGER_VERSION_NEWER" | "LEDGER_NOT_WHOLE" | "LEDGER_NOT_EMPTY" | "LEDGER_FOREIGN" | "LEDGER_EXPORT_INVALID" | "LEDGER_DISK_FULL" | "LEDGER_WRITE_FAILED" | "LEDGER_RECEIPT_GAP" | "CONFIG_INVALID" | "ADDRESS_IN_USE" | "ADDRESS_UNAVAILABLE" | "KEY_BACKUP_INVALID" | "HOME_EXISTS" | "HOME_UNUSABLE" | "HOME_ABSENT" | "PEER_UNREACHABLE" | "PEER_SILENT" | "PROTOCOL_VIOLATION" | "MESSAGE_TOO_LARGE" | "BUDGET_SPENT" | "INVITATION_MALFORMED" | "INVITATION_EXPIRED" | "INVITATION_USED" | "INVITATION_UNKNOWN" | "INVITATION_TOO_MANY" | "INVITATION_ADDRESSES" | "INVITATION_VOUCH" | "OFFER_UNKNOWN" | "OFFER_WITHOUT_ENGINE" | "OFFER_OVER_CAPACITY" | "OFFER_NEEDS_ROOT" | "OFFER_DISK_FULL" | "OFFER_TOO_MANY" | "OFFER_TOO_MANY_IMAGES" | "NOTHING_MATCHED" | "ALL_REFUSED" | "IMAGE_NOT_FOUND" | "IMAGE_AMBIGUOUS" | "IMAGE_NOT_HELD" | "IMAGE_NOT_KEPT" | "IMAGE_NOT_OFFERED" | "IMAGE_NOT_SENT" | "IMAGE_CACHE_FULL" | "IMAGE_WRONG_ARCHITECTURE" | "DEPLOYMENT_UNKNOWN" | "IMAGE_DIGEST_WRONG" | "IMAGE_CONFIG_INVALID" | "IMAGE_ARCHIVE_MALFORMED" | "IMAGE_ARCHIVE_UNCLEAR" | "IMAGE_LAYER_MISSING" | "IMAGE_LAYER_INCOMPLETE" | "IMAGE_LAYER_TOO_LARGE" | "IMAGE_TOO_MANY_LAYERS" | "IMAGE_TOO_LARGE" | "IMAGE_STORE_FULL" | "IMAGE_STORE_DISK_FULL" | "PAYLOAD_NEEDED" | "VOLUME_SOURCE_UNREADABLE" | "VOLUME_CONTENT_INVALID" | "VOLUME_CONTENT_TOO_LARGE" | "IMAGE_IN_USE" | "REGISTRY_NOT_ALLOWED" | "REGISTRY_REFUSED" | "REGISTRY_UNREACHABLE" | "REGISTRY_MALFORMED" | "DEPLOYMENT_NAME_TAKEN" | "REPLICA_UNKNOWN" | "DEPLOYMENT_UNHEALTHY" | "DEPLOYMENT_NOT_RUNNING" | "HOST_UNKNOWN" | "NAMES_NOT_SERVED" | "PORT_NOT_PUBLISHED" | "APPLICATION_NOT_LISTENING" | "APPLICATION_NOT_HTTP" | "APPLICATION_CLOSED" | "APPLICATION_SILENT" | "REPLICA_UNCLEAR" | "EXEC_USER_REFUSED" | "EXEC_TOO_MANY" | "EXEC_LOST" | "FILE_UNKNOWN" | "FILE_NOT_WRITTEN" | "FILE_REFUSED" | "FILES_TOO_LARGE" | "COPY_TOO_LONG" | "FILE_TARGET_TAKEN" | "FILE_TARGET_FAILED" | "LEASE_UNKNOWN" | "EVIDENCE_REFUSED" | "VOUCH_REFUSED" | "VOUCH_UNKNOWN" | "LEASES_RUN" | "DEPLOYMENTS_RUN" | "PURGE_UNCONFIRMED" | "REFUSED_OFFER_CHANGED" | "REFUSED_CAPACITY" | "REFUSED_TERMS" | "REFUSED_IMAGE" | "REFUSED_BID" | "REFUSED_PAYLOAD" | "REFUSED_CREDIT" | "REFUSED_FAULT" | "REFUSED_PUSH" | "FORWARD_UNKNOWN" | "FORWARD_PORT_TAKEN" | "FORWARD_ADDRESS_UNAVAILABLE" | "FORWARD_TOO_MANY" | "REFUSED_GRANT" | "PUSH_UNKNOWN" | "REFUSED_STOPPING" | "ENGINE_UNREACHABLE" | "ENGINE_FAILED" | "ENGINE_FULL" | "ENGINE_DISK_FULL" | "ENGINE_OPTION_DROPPED" | "ENGINE_SETUP_FAILED" | "IMAGE_NEEDS_ROOT" | "NETWORK_POOL_EXHAUSTED" | "INSTANCE_UNKNOWN" | "INSTANCE_START_FAILED";
            /** @description What went wrong, and what to do next */
            detail: string;
            /** @description What was expected and what was found */
            details: {
                [key: string]: unknown;
            };
            /** @description The path of the call, and the number of the request in the log */
            instance: string;
            status: number;
            /** @description The code in words */
            title: string;
            /** @description The code as a URN: urn:tallymesh:error:<code> */
            type: string;
        };
        /** @description How the volunteer pulls the image of a bid from the registry in its name. The registry and the chosen volunteer see the login */
        Pull: {
            /** @description The most that the image may take, unpacked; by default a guess from its compressed size */
            maxBytes?: number;
            /** @description Its password or token */
            password?: string;
            /** @description Of a login at the registry */
            username?: string;
        };
        /** @description An image on its way to a volunteer ahead of a lease */
        Push: {
            /** @description What has come, in bytes as they travel */
            bytes: number;
            /** @description Why it failed; empty until then */
            code: string;
            digest: string;
            /** @description Names the push */
            id: string;
            /** @description What is to come in all; 0 while that is not known */
            ofBytes: number;
            /**
             * @description `waiting`: the volunteer has not answered yet; `fetching`: it takes what it lacks; `held`: its engine has the image
             * @enum {unknown}
             */
            state: "waiting" | "fetching" | "held" | "failed";
            /** @description The volunteer that is to have the image */
            volunteer: string;
        };
        /** @description An image to push ahead of a lease */
        PushInput: {
            /** @description An image that this peer can send, by name or digest */
            image: string;
            /** @description The volunteer that is to have it */
            volunteer: string;
        };
        Rated: {
            /** @description The chance that a lease with it goes well */
            quality: number;
            /** @description The chance that a walk of trust from this peer reaches it */
            standing: number;
        };
        /** @description How the rating of a peer changes */
        RatedChange: {
            after: components["schemas"]["Rated"];
            before: components["schemas"]["Rated"];
            /** @description The peer that is rated */
            peer: string;
        };
        /** @description Cumulative amounts between two peers, signed by both */
        Receipt: {
            counters: components["schemas"]["Counters"];
            /** @description Day of the receipt, in days since 1970 */
            day: number;
            /** @description The record */
            id: string;
            leases: {
                counters: components["schemas"]["Counters"];
                /** @description Number of epochs that are closed */
                epochs: number;
                /** @description The lease */
                lease: string;
            }[];
            /** @description Number of the receipt of this pair; counted from 1 */
            pairSeq: number;
            /** @description The signed record in base64, for independent checks */
            record: string;
            /** @description The decayed service: the charges, which halve every 90 days */
            serviceMicrocredits: number;
            /** @description The tenant, which pays */
            tenant: string;
            /** @description The volunteer, which served */
            volunteer: string;
        };
        /** @description A smallest change to the limits of a bid with which it would have matched: a part of the change would not suffice */
        Relaxation: {
            /** @description For people: `1 cpu and 2.01 credits an hour would do` */
            change: string;
            /** @description The constraints that the bid would have to relax */
            constraints: components["schemas"]["Constraint"][];
            /** @description Number of offers that would then fit */
            offers: number;
            targets: {
                cpuMillis?: number;
                diskBytes?: number;
                /** @description How long the deployment may run; milliseconds */
                durationMs?: number;
                gpus?: number;
                /** @description Price for all the resources together */
                maxPriceMicrocreditsPerHour?: number;
                memoryBytes?: number;
            };
        };
        /** @description Resources that an offer still has, a bid asks for, or a lease gives */
        Resources: {
            /** @description Thousandths of a cpu */
            cpuMillis: number;
            diskBytes: number;
            gpus: number;
            memoryBytes: number;
        };
        /** @description When the volunteer restarts a container that has ended, in the same lease and with its data */
        RestartInput: {
            /**
             * @description With `on-failure`: the most restarts in a row; 0: the volunteer decides
             * @default 0
             */
            most?: number;
            /**
             * @description As with container engines. For a lease `always` and `unless-stopped` are the same
             * @enum {unknown}
             */
            policy: "no" | "on-failure" | "always" | "unless-stopped";
        };
        /** @description This peer */
        Self: {
            /** @description Addresses at which others can reach this peer, as multiaddrs */
            addresses: string[];
            joining?: components["schemas"]["Joining"];
            network: string;
            /** @description This peer */
            peer: string;
            version: string;
        };
        /** @description What one tenant says about a peer */
        Testimony: {
            /** @description The peer that says so */
            author: string;
            /** @description Number of leases that failed */
            bad: number;
            /** @description The codes of the failures */
            codes: string[];
            /** @description Number of leases that were served well */
            good: number;
            /** @description The outcomes that say so */
            outcomes: string[];
            /** @description The weight of its word; 1 for own experience */
            weight: number;
        };
        /** @description The effect of one change */
        TrustChange: {
            /**
             * @description One more good lease, one more breach, one more credit of service, or a vouch, each with this peer; or the loss of the heaviest path
             * @enum {unknown}
             */
            change: "GOOD_LEASE" | "BREACH" | "SERVICE" | "VOUCH" | "WITHOUT_PATH";
            /** @description The last hop of that path */
            peer?: string;
            /** @description The value after the change */
            quality: number;
            /** @description The value after the change */
            standing: number;
        };
        /** @description Why this peer rates another one as it does */
        TrustExplanation: {
            /** @description Number of leases that failed, as peers within reach say */
            bad: number;
            changes: components["schemas"]["TrustChange"][];
            /** @description Number of leases that it served well, as peers within reach say */
            good: number;
            /** @description Whether a peer within reach has said how it served */
            isKnown: boolean;
            /** @description The paths that make up the standing, the heaviest first */
            paths: components["schemas"]["TrustPath"][];
            /** @description The peer that is rated */
            peer: string;
            /** @description The chance that a lease with it goes well; 0 if nothing is known */
            quality: number;
            /** @description Co-signed service that it gave to peers within reach; halves every 90 days */
            serviceMicrocredits: number;
            /** @description The chance that a walk of trust from this peer reaches it before it stops */
            standing: number;
            /** @description The statements that make up the quality, the weightiest first */
            testimonies: components["schemas"]["Testimony"][];
            /** @description If all trust reaches it through one peer, that peer; perhaps both have the same owner */
            through?: string;
            /** @description Number of peers within reach that vouch for it */
            vouches: number;
        };
        /** @description A step of a path of trust, and the reason for it */
        TrustHop: {
            /** @description The chance that a walk takes this step next, if it continues */
            chance: number;
            /** @description The peer that trusts */
            from: string;
            /** @description The receipt that shows the service */
            receipt?: string;
            /** @description The co-signed service behind this step */
            serviceMicrocredits: number;
            /** @description The peer that is trusted */
            to: string;
            /** @description The vouch */
            vouch?: string;
            /** @description The vouched trust behind this step */
            vouchMicrocredits: number;
        };
        /** @description A path on which trust reaches a peer */
        TrustPath: {
            /** @description The most likely path, beginning at this peer */
            hops: components["schemas"]["TrustHop"][];
            /** @description The part of the standing that comes through the last hop */
            standing: number;
        };
        /** @description How this peer rates another one */
        TrustScore: {
            /** @description Number of leases that failed, as peers within reach say */
            bad: number;
            /** @description Number of leases that it served well, as peers within reach say */
            good: number;
            /** @description Whether a peer within reach has said how it served */
            isKnown: boolean;
            /** @description The peer that is rated */
            peer: string;
            /** @description The chance that a lease with it goes well; 0 if nothing is known */
            quality: number;
            /** @description Co-signed service that it gave to peers within reach; halves every 90 days */
            serviceMicrocredits: number;
            /** @description The chance that a walk of trust from this peer reaches it before it stops */
            standing: number;
            /** @description If all trust reaches it through one peer, that peer; perhaps both have the same owner */
            through?: string;
            /** @description Number of peers within reach that vouch for it */
            vouches: number;
        };
        /** @description What this machine lends now */
        Volunteering: {
            /** @description Number of leases that this peer gave and that have not ended */
            leases: number;
            /** @description Number of offers, including paused ones */
            offers: number;
            /** @description Whether all offers are paused, so that this peer gives no new leases */
            paused: boolean;
            /** @description When the owner paused the offers; milliseconds since 1970 */
            pausedAtMs?: number;
        };
        /** @description What to change */
        VolunteeringInput: {
            /** @description Whether to take all offers off the market */
            paused: boolean;
        };
        /** @description A valid vouch of this peer */
        Vouch: {
            /** @description The credit with which this peer answers for it */
            creditMicrocredits: number;
            /** @description When it expires; milliseconds since 1970 */
            expiresAtMs: number;
            /** @description When it was signed; milliseconds since 1970 */
            issuedAtMs: number;
            /** @description The peer that is vouched for */
            peer: string;
            /** @description Trust, as if the peer had served for so much */
            trustMicrocredits: number;
            /** @description The signed record */
            vouch: string;
        };
        /** @description The effect of a vouch that was signed, or of a dry run */
        VouchChange: {
            effect: components["schemas"]["VouchEffect"];
            /** @description The signed record; absent in a dry run */
            vouch?: string;
        };
        /** @description How a vouch changes the ratings of this peer */
        VouchEffect: {
            after: components["schemas"]["Rated"];
            before: components["schemas"]["Rated"];
            /** @description How much the peer may owe this one */
            mayOweMicrocredits: {
                /** @description With the vouch */
                after: number;
                /** @description Before the vouch */
                before: number;
            };
            /** @description Number of other peers whose rating changes */
            moved: number;
            /** @description The other peers whose rating changes most */
            others: components["schemas"]["RatedChange"][];
            /** @description The peer that is rated */
            peer: string;
        };
        /** @description A vouch to make */
        VouchInput: {
            /** @description The credit with which this peer answers for the other: this peer, and those that it served, lend it half of that. Default: 0 */
            creditMicrocredits?: number;
            /** @description How long the vouch is valid, in milliseconds: at most 366 days. Default: 90 days */
            lifetimeMs?: number;
            /** @description Trust, as if the peer had served for so much; more than 10 credits count as 10. Default: 1 credit */
            trustMicrocredits?: number;
        };
        /** @description Why a wanted copy has no volunteer, as of the last attempt; the peer keeps trying */
        Waiting: {
            /** @description `NOTHING_MATCHED`, or the code with which most of the fitting volunteers refused */
            cause: string;
            /** @description Number of offers that were considered */
            considered: number;
            refusals: {
                /** @description A code from the table of errors; empty if there is none */
                code: string;
                /** @description A volunteer that fits but refused */
                volunteer: string;
            }[];
            relaxations: components["schemas"]["Relaxation"][];
            /** @description Number of offers that each constraint removed; several constraints can count the same offer */
            removed: {
                /** @description Number of offers */
                alive?: number;
                /** @description Number of offers */
                architecture?: number;
                /** @description Number of offers */
                cpu?: number;
                /** @description Number of offers */
                disk?: number;
                /** @description Number of offers */
                duration?: number;
                /** @description Number of offers */
                egress?: number;
                /** @description Number of offers */
                gpu?: number;
                /** @description Number of offers */
                image?: number;
                /** @description Number of offers */
                labels?: number;
                /** @description Number of offers */
                limits?: number;
                /** @description Number of offers */
                memory?: number;
                /** @description Number of offers */
                own?: number;
                /** @description Number of offers */
                price?: number;
                /** @description Number of offers */
                privileges?: number;
                /** @description Number of offers */
                reach?: number;
                /** @description Number of offers */
                region?: number;
                /** @description Number of offers */
                runtimeClass?: number;
                /** @description Number of offers */
                spread?: number;
                /** @description Number of offers */
                traffic?: number;
                /** @description Number of offers */
                volumes?: number;
            };
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The metrics in the exposition format of Prometheus */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    placeBid: {
        parameters: {
            query?: {
                /** @description Only say what the call would do; nothing is changed */
                dryRun?: boolean;
            };
            header?: {
                /** @description A repeated call with the same key and body gets the answer of the first one; failures are not remembered */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BidInput"];
            };
        };
        responses: {
            /** @description The result of a match: candidates in the order of preference, or the reasons why there are none */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Match"];
                };
            };
            /** @description The result of a bid that was placed */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Placement"];
                };
            };
            /**
             * @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct.
             *
             *     `IMAGE_CONFIG_INVALID`: The configuration of the image cannot be read; "reason" says why. Build the image again, and send what "docker save" writes.
             *
             *     `RECORD_MALFORMED`: The bytes are not a record of this kind in canonical form.
             *
             *     `VOLUME_SOURCE_UNREADABLE`: The folder or file that is to fill a volume cannot be read by this peer; "path" names it, and "reason" says why.
             *
             *     `VOLUME_CONTENT_INVALID`: What is to fill a volume holds something that no volume takes; "reason" says what. Volumes take files, folders, and links that stay inside.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names.
             *
             *     `REGISTRY_NOT_ALLOWED`: This registry, or a host that it sends to, may not be asked: "reason" says why. A volunteer pulls from the registries that its offer names, and from no private address that its owner did not name.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `IMAGE_NOT_FOUND`: No volunteer that fits this bid lists this image, and this peer has none of that name to send. "npx tallymesh market --images" (GET /v1/market/offers) shows the images that are listed. To run your own, make it in the engine of this peer ("docker build", "docker pull") or read a file ("npx tallymesh images add FILE --name NAME"); to run one of a registry, let a volunteer pull it ("npx tallymesh run --pull").
             *
             *     `REGISTRY_REFUSED`: The registry has no such image, or does not show it to this login; check the name, and give a login with "--registry-auth FILE" if the image is private.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `DEPLOYMENT_NAME_TAKEN`: Another deployment already has this name; stop it first, or choose another name.
             *
             *     `IMAGE_AMBIGUOUS`: The volunteers that fit this bid list different images under this name; choose one of the digests in the answer, and bid with name@sha256:….
             *
             *     `IMAGE_DIGEST_WRONG`: The bytes are not those that the digest names, so nothing of them was kept; make the archive anew, or take them from another peer.
             *
             *     `IMAGE_WRONG_ARCHITECTURE`: The image was built for another architecture than that of the engine; build it for the architecture of the engine.
             *
             *     `NOTHING_MATCHED`: No offer fits this bid; the answer says why each offer was removed, and which change would help.
             *
             *     `ALL_REFUSED`: Every volunteer that fits this bid refused it; the answer says why each did.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `IMAGE_TOO_MANY_LAYERS`: The image has more layers than engines take (125); join some, for example with "RUN a && b" in its Dockerfile.
             *
             *     `RECORD_TOO_LARGE`: The record is larger than the limit of its kind; send a smaller one.
             *
             *     `VOLUME_CONTENT_TOO_LARGE`: What is to fill the volumes is more than the disk of the lease; ask for more disk ("--disk"), or fill them with less.
             *
             *     `BODY_TOO_LARGE`: The body is larger than this call accepts; send a smaller body.
             */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNSUPPORTED_MEDIA_TYPE`: This call accepts JSON only; send the body as application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `IDEMPOTENCY_MISMATCH`: This Idempotency-Key was used with a different body before; use a new key. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `REGISTRY_MALFORMED`: The registry answered with something that it must not answer; "reason" says what. Check that a registry is at this address. */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `IMAGE_STORE_FULL`: Layers that are in use fill the store of images up to its limit; wait until some are free, or raise the limit.
             *
             *     `IMAGE_STORE_DISK_FULL`: The disk that keeps the layers of images has no room left, and nothing of this layer was kept; free some space, then try again.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `REGISTRY_UNREACHABLE`: The registry did not answer, or broke off; "reason" says how. Look at the network, then run it again. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listBorrowers: {
        parameters: {
            query?: {
                /** @description The value of `next` on the page before */
                cursor?: string;
                /** @description Number of items on a page */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Borrower"][];
                        /** @description Cursor of the next page; absent on the last page */
                        next?: string;
                    };
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    explainCredit: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A peer id */
                peer: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What a peer owes this peer, and how much it may owe */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Borrower"];
                };
            };
            /**
             * @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct.
             *
             *     `KEY_INVALID`: The key is not a valid Ed25519 public key or peer id; check that it was copied whole.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listCachedImages: {
        parameters: {
            query?: {
                /** @description The value of `next` on the page before */
                cursor?: string;
                /** @description Number of items on a page */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["CachedImage"][];
                        /** @description Cursor of the next page; absent on the last page */
                        next?: string;
                    };
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `OFFER_WITHOUT_ENGINE`: The settings of this peer switch the container engine off; set "engine.use" to "auto" in config.json, and start the peer again. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ENGINE_FAILED`: The container engine reported an error; the log of the peer has its words. */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ENGINE_UNREACHABLE`: No Docker engine answers; start one or set DOCKER_HOST. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    removeCachedImage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                digest: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `IMAGE_NOT_KEPT`: This peer keeps no such image; "npx tallymesh images" (GET /v1/images) lists those that it can send, and "npx tallymesh images cached" (GET /v1/cached-images) those of tenants. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `IMAGE_IN_USE`: A container uses this image; end its lease first, then remove the image.
             *
             *     `OFFER_WITHOUT_ENGINE`: The settings of this peer switch the container engine off; set "engine.use" to "auto" in config.json, and start the peer again.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ENGINE_FAILED`: The container engine reported an error; the log of the peer has its words. */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ENGINE_UNREACHABLE`: No Docker engine answers; start one or set DOCKER_HOST. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listConvictions: {
        parameters: {
            query?: {
                /** @description The value of `next` on the page before */
                cursor?: string;
                /** @description Number of items on a page */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Conviction"][];
                        /** @description Cursor of the next page; absent on the last page */
                        next?: string;
                    };
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getCredit: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How this peer lends */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreditState"];
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listDeployments: {
        parameters: {
            query?: {
                /** @description The value of `next` on the page before */
                cursor?: string;
                /** @description Number of items on a page */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Deployment"][];
                        /** @description Cursor of the next page; absent on the last page */
                        next?: string;
                    };
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getDeployment: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The deployment */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What the tenant wants to run, and its state */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deployment"];
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `DEPLOYMENT_UNKNOWN`: This peer has no such deployment, or the beginning of the id fits several; "npx tallymesh ps --all" (GET /v1/deployments) lists them. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    stopDeployment: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The deployment */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What the tenant wants to run, and its state */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deployment"];
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `DEPLOYMENT_UNKNOWN`: This peer has no such deployment, or the beginning of the id fits several; "npx tallymesh ps --all" (GET /v1/deployments) lists them. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    copyFiles: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The deployment */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Frames, until all is copied */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.tallymesh.frames": components["schemas"]["CopyInput"];
                };
            };
            /**
             * @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct.
             *
             *     `FILE_REFUSED`: Something among what was to be copied cannot be copied: "reason" says why, and "name" which, where it is known. Files, folders, and links that stay inside are copied; /proc, /sys and /dev never are.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `DEPLOYMENT_UNKNOWN`: This peer has no such deployment, or the beginning of the id fits several; "npx tallymesh ps --all" (GET /v1/deployments) lists them.
             *
             *     `REPLICA_UNKNOWN`: The deployment has no such replica; replicas are counted from 0.
             *
             *     `FILE_UNKNOWN`: The container has no such file or folder; "path" names it. A path begins at the root of the container.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `REQUEST_TIMEOUT`: The request did not arrive completely in time; send it without pauses. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `DEPLOYMENT_NOT_RUNNING`: No copy of this deployment is running; its state says why.
             *
             *     `REPLICA_UNCLEAR`: The deployment has several copies; say which one, as in "NAME.0" ("replica"). Copies are counted from 0.
             *
             *     `FILE_NOT_WRITTEN`: The container takes no file at this path: "reason" says why. Choose a path below a folder of its root or of a volume.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `MESSAGE_TOO_LARGE`: The message is larger than its protocol allows; send a smaller one. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNSUPPORTED_MEDIA_TYPE`: This call accepts JSON only; send the body as application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says.
             *
             *     `EXEC_TOO_MANY`: As many programs and copies are open in this container, or at this volunteer, as may be; end one of them, then try again.
             *
             *     `BUDGET_SPENT`: This peer has used up its budget of requests; wait, then send fewer.
             */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `PROTOCOL_VIOLATION`: The other peer broke the protocol; nothing was changed.
             *
             *     `ENGINE_FAILED`: The container engine reported an error; the log of the peer has its words.
             */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ENGINE_UNREACHABLE`: No Docker engine answers; start one or set DOCKER_HOST. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `PEER_SILENT`: The other peer did not answer in time; try again, or try another volunteer. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    watchDeployment: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The deployment */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Events named `deployment`, each with a Deployment as data */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `DEPLOYMENT_UNKNOWN`: This peer has no such deployment, or the beginning of the id fits several; "npx tallymesh ps --all" (GET /v1/deployments) lists them. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    runInDeployment: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The deployment */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Frames, while the program runs */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.tallymesh.frames": components["schemas"]["ExecInput"];
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names.
             *
             *     `EXEC_USER_REFUSED`: The image has no such user, or the user or its group is root and the container has no rights of root. Leave the user out, name one that the image has, or run the deployment with "npx tallymesh run --root" where root is needed.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `DEPLOYMENT_UNKNOWN`: This peer has no such deployment, or the beginning of the id fits several; "npx tallymesh ps --all" (GET /v1/deployments) lists them.
             *
             *     `REPLICA_UNKNOWN`: The deployment has no such replica; replicas are counted from 0.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `REQUEST_TIMEOUT`: The request did not arrive completely in time; send it without pauses. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `DEPLOYMENT_NOT_RUNNING`: No copy of this deployment is running; its state says why.
             *
             *     `REPLICA_UNCLEAR`: The deployment has several copies; say which one, as in "NAME.0" ("replica"). Copies are counted from 0.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `MESSAGE_TOO_LARGE`: The message is larger than its protocol allows; send a smaller one. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNSUPPORTED_MEDIA_TYPE`: This call accepts JSON only; send the body as application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says.
             *
             *     `EXEC_TOO_MANY`: As many programs and copies are open in this container, or at this volunteer, as may be; end one of them, then try again.
             *
             *     `BUDGET_SPENT`: This peer has used up its budget of requests; wait, then send fewer.
             */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `PROTOCOL_VIOLATION`: The other peer broke the protocol; nothing was changed.
             *
             *     `ENGINE_FAILED`: The container engine reported an error; the log of the peer has its words.
             */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ENGINE_UNREACHABLE`: No Docker engine answers; start one or set DOCKER_HOST. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `PEER_SILENT`: The other peer did not answer in time; try again, or try another volunteer. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    proxyGet: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The deployment */
                id: string;
                /** @description The path of the call inside the container */
                path: string;
                /** @description A port that the bid names */
                port: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer of the container, with its status */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "*/*": string;
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `DEPLOYMENT_UNKNOWN`: This peer has no such deployment, or the beginning of the id fits several; "npx tallymesh ps --all" (GET /v1/deployments) lists them.
             *
             *     `PORT_NOT_PUBLISHED`: The deployment does not publish this port; name the port in the bid ("npx tallymesh run --port").
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `REQUEST_TIMEOUT`: The request did not arrive completely in time; send it without pauses. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `DEPLOYMENT_NOT_RUNNING`: No copy of this deployment is running; its state says why. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says.
             *
             *     `BUDGET_SPENT`: This peer has used up its budget of requests; wait, then send fewer.
             */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `PROTOCOL_VIOLATION`: The other peer broke the protocol; nothing was changed.
             *
             *     `APPLICATION_NOT_LISTENING`: No program in the container listens on this port; make it listen on 0.0.0.0 and this port. The log of the container may say more.
             *
             *     `APPLICATION_NOT_HTTP`: The answer of the application on this port cannot be forwarded as HTTP; "reason" says why. Call a port that speaks HTTP.
             *
             *     `APPLICATION_CLOSED`: The application closed the connection before it answered; the log of the container may say why.
             */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `DEPLOYMENT_UNHEALTHY`: No copy of this deployment is healthy: the health check fails or has not succeeded yet. Wait, read the log with "npx tallymesh logs", or correct the check. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `PEER_SILENT`: The other peer did not answer in time; try again, or try another volunteer.
             *
             *     `APPLICATION_SILENT`: The application did not answer in time; the log of the container may say why.
             */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    proxyPut: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The deployment */
                id: string;
                /** @description The path of the call inside the container */
                path: string;
                /** @description A port that the bid names */
                port: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer of the container, with its status */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "*/*": string;
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `DEPLOYMENT_UNKNOWN`: This peer has no such deployment, or the beginning of the id fits several; "npx tallymesh ps --all" (GET /v1/deployments) lists them.
             *
             *     `PORT_NOT_PUBLISHED`: The deployment does not publish this port; name the port in the bid ("npx tallymesh run --port").
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `REQUEST_TIMEOUT`: The request did not arrive completely in time; send it without pauses. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `DEPLOYMENT_NOT_RUNNING`: No copy of this deployment is running; its state says why. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says.
             *
             *     `BUDGET_SPENT`: This peer has used up its budget of requests; wait, then send fewer.
             */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `PROTOCOL_VIOLATION`: The other peer broke the protocol; nothing was changed.
             *
             *     `APPLICATION_NOT_LISTENING`: No program in the container listens on this port; make it listen on 0.0.0.0 and this port. The log of the container may say more.
             *
             *     `APPLICATION_NOT_HTTP`: The answer of the application on this port cannot be forwarded as HTTP; "reason" says why. Call a port that speaks HTTP.
             *
             *     `APPLICATION_CLOSED`: The application closed the connection before it answered; the log of the container may say why.
             */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `DEPLOYMENT_UNHEALTHY`: No copy of this deployment is healthy: the health check fails or has not succeeded yet. Wait, read the log with "npx tallymesh logs", or correct the check. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `PEER_SILENT`: The other peer did not answer in time; try again, or try another volunteer.
             *
             *     `APPLICATION_SILENT`: The application did not answer in time; the log of the container may say why.
             */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    proxyPost: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The deployment */
                id: string;
                /** @description The path of the call inside the container */
                path: string;
                /** @description A port that the bid names */
                port: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer of the container, with its status */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "*/*": string;
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `DEPLOYMENT_UNKNOWN`: This peer has no such deployment, or the beginning of the id fits several; "npx tallymesh ps --all" (GET /v1/deployments) lists them.
             *
             *     `PORT_NOT_PUBLISHED`: The deployment does not publish this port; name the port in the bid ("npx tallymesh run --port").
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `REQUEST_TIMEOUT`: The request did not arrive completely in time; send it without pauses. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `DEPLOYMENT_NOT_RUNNING`: No copy of this deployment is running; its state says why. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says.
             *
             *     `BUDGET_SPENT`: This peer has used up its budget of requests; wait, then send fewer.
             */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `PROTOCOL_VIOLATION`: The other peer broke the protocol; nothing was changed.
             *
             *     `APPLICATION_NOT_LISTENING`: No program in the container listens on this port; make it listen on 0.0.0.0 and this port. The log of the container may say more.
             *
             *     `APPLICATION_NOT_HTTP`: The answer of the application on this port cannot be forwarded as HTTP; "reason" says why. Call a port that speaks HTTP.
             *
             *     `APPLICATION_CLOSED`: The application closed the connection before it answered; the log of the container may say why.
             */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `DEPLOYMENT_UNHEALTHY`: No copy of this deployment is healthy: the health check fails or has not succeeded yet. Wait, read the log with "npx tallymesh logs", or correct the check. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `PEER_SILENT`: The other peer did not answer in time; try again, or try another volunteer.
             *
             *     `APPLICATION_SILENT`: The application did not answer in time; the log of the container may say why.
             */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    proxyDelete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The deployment */
                id: string;
                /** @description The path of the call inside the container */
                path: string;
                /** @description A port that the bid names */
                port: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer of the container, with its status */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "*/*": string;
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `DEPLOYMENT_UNKNOWN`: This peer has no such deployment, or the beginning of the id fits several; "npx tallymesh ps --all" (GET /v1/deployments) lists them.
             *
             *     `PORT_NOT_PUBLISHED`: The deployment does not publish this port; name the port in the bid ("npx tallymesh run --port").
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `REQUEST_TIMEOUT`: The request did not arrive completely in time; send it without pauses. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `DEPLOYMENT_NOT_RUNNING`: No copy of this deployment is running; its state says why. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says.
             *
             *     `BUDGET_SPENT`: This peer has used up its budget of requests; wait, then send fewer.
             */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `PROTOCOL_VIOLATION`: The other peer broke the protocol; nothing was changed.
             *
             *     `APPLICATION_NOT_LISTENING`: No program in the container listens on this port; make it listen on 0.0.0.0 and this port. The log of the container may say more.
             *
             *     `APPLICATION_NOT_HTTP`: The answer of the application on this port cannot be forwarded as HTTP; "reason" says why. Call a port that speaks HTTP.
             *
             *     `APPLICATION_CLOSED`: The application closed the connection before it answered; the log of the container may say why.
             */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `DEPLOYMENT_UNHEALTHY`: No copy of this deployment is healthy: the health check fails or has not succeeded yet. Wait, read the log with "npx tallymesh logs", or correct the check. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `PEER_SILENT`: The other peer did not answer in time; try again, or try another volunteer.
             *
             *     `APPLICATION_SILENT`: The application did not answer in time; the log of the container may say why.
             */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    proxyOptions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The deployment */
                id: string;
                /** @description The path of the call inside the container */
                path: string;
                /** @description A port that the bid names */
                port: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer of the container, with its status */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "*/*": string;
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `DEPLOYMENT_UNKNOWN`: This peer has no such deployment, or the beginning of the id fits several; "npx tallymesh ps --all" (GET /v1/deployments) lists them.
             *
             *     `PORT_NOT_PUBLISHED`: The deployment does not publish this port; name the port in the bid ("npx tallymesh run --port").
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `REQUEST_TIMEOUT`: The request did not arrive completely in time; send it without pauses. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `DEPLOYMENT_NOT_RUNNING`: No copy of this deployment is running; its state says why. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says.
             *
             *     `BUDGET_SPENT`: This peer has used up its budget of requests; wait, then send fewer.
             */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `PROTOCOL_VIOLATION`: The other peer broke the protocol; nothing was changed.
             *
             *     `APPLICATION_NOT_LISTENING`: No program in the container listens on this port; make it listen on 0.0.0.0 and this port. The log of the container may say more.
             *
             *     `APPLICATION_NOT_HTTP`: The answer of the application on this port cannot be forwarded as HTTP; "reason" says why. Call a port that speaks HTTP.
             *
             *     `APPLICATION_CLOSED`: The application closed the connection before it answered; the log of the container may say why.
             */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `DEPLOYMENT_UNHEALTHY`: No copy of this deployment is healthy: the health check fails or has not succeeded yet. Wait, read the log with "npx tallymesh logs", or correct the check. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `PEER_SILENT`: The other peer did not answer in time; try again, or try another volunteer.
             *
             *     `APPLICATION_SILENT`: The application did not answer in time; the log of the container may say why.
             */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    proxyPatch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The deployment */
                id: string;
                /** @description The path of the call inside the container */
                path: string;
                /** @description A port that the bid names */
                port: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer of the container, with its status */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "*/*": string;
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `DEPLOYMENT_UNKNOWN`: This peer has no such deployment, or the beginning of the id fits several; "npx tallymesh ps --all" (GET /v1/deployments) lists them.
             *
             *     `PORT_NOT_PUBLISHED`: The deployment does not publish this port; name the port in the bid ("npx tallymesh run --port").
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `REQUEST_TIMEOUT`: The request did not arrive completely in time; send it without pauses. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `DEPLOYMENT_NOT_RUNNING`: No copy of this deployment is running; its state says why. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says.
             *
             *     `BUDGET_SPENT`: This peer has used up its budget of requests; wait, then send fewer.
             */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `PROTOCOL_VIOLATION`: The other peer broke the protocol; nothing was changed.
             *
             *     `APPLICATION_NOT_LISTENING`: No program in the container listens on this port; make it listen on 0.0.0.0 and this port. The log of the container may say more.
             *
             *     `APPLICATION_NOT_HTTP`: The answer of the application on this port cannot be forwarded as HTTP; "reason" says why. Call a port that speaks HTTP.
             *
             *     `APPLICATION_CLOSED`: The application closed the connection before it answered; the log of the container may say why.
             */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `DEPLOYMENT_UNHEALTHY`: No copy of this deployment is healthy: the health check fails or has not succeeded yet. Wait, read the log with "npx tallymesh logs", or correct the check. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `PEER_SILENT`: The other peer did not answer in time; try again, or try another volunteer.
             *
             *     `APPLICATION_SILENT`: The application did not answer in time; the log of the container may say why.
             */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readLogs: {
        parameters: {
            query?: {
                /** @description Whether to continue with new lines, also of copies to come, until the deployment has ended */
                follow?: boolean;
                /** @description Number of the replica, counted from 0; without it all of them */
                replica?: number;
                /** @description Only lines from this time on, by the clocks of the volunteers; milliseconds since 1970 */
                sinceMs?: number;
                /** @description Number of earlier lines of each replica to send, the last ones; by default 1000, or all within a time */
                tail?: number;
                /** @description Only lines before this time; not with `follow`; milliseconds since 1970 */
                untilMs?: number;
            };
            header?: never;
            path: {
                /** @description The deployment */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One LogLine per line; empty lines are heartbeats */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": components["schemas"]["LogLine"];
                };
            };
            /**
             * @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct.
             *
             *     `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `DEPLOYMENT_UNKNOWN`: This peer has no such deployment, or the beginning of the id fits several; "npx tallymesh ps --all" (GET /v1/deployments) lists them.
             *
             *     `REPLICA_UNKNOWN`: The deployment has no such replica; replicas are counted from 0.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `PEER_SILENT`: The other peer did not answer in time; try again, or try another volunteer. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listEarnings: {
        parameters: {
            query?: {
                /** @description The value of `next` on the page before */
                cursor?: string;
                /** @description Number of items on a page */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Earning"][];
                        /** @description Cursor of the next page; absent on the last page */
                        next?: string;
                    };
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listEvents: {
        parameters: {
            query?: {
                /** @description The value of `next` on the page before */
                cursor?: string;
                /** @description Only those of this deployment */
                deployment?: string;
                /** @description Only those of this kind, or of all kinds that begin so, as in `copy` */
                kind?: string;
                /** @description Only those of this lease */
                lease?: string;
                /** @description Number of items on a page */
                limit?: number;
                /** @description Only those with this peer */
                peer?: string;
                /** @description Only those from this time on; milliseconds since 1970 */
                sinceMs?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Event"][];
                        /** @description Cursor of the next page; absent on the last page */
                        next?: string;
                    };
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    watchEvents: {
        parameters: {
            query?: {
                /** @description Only those of this deployment */
                deployment?: string;
                /** @description Only those of this kind, or of all kinds that begin so, as in `copy` */
                kind?: string;
                /** @description Only those of this lease */
                lease?: string;
                /** @description Only those with this peer */
                peer?: string;
                /** @description Only those from this time on; milliseconds since 1970 */
                sinceMs?: number;
                /** @description Number of earlier events to send first */
                tail?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Events named `event`, each with an Event as data */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listForwards: {
        parameters: {
            query?: {
                /** @description The value of `next` on the page before */
                cursor?: string;
                /** @description Number of items on a page */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Forward"][];
                        /** @description Cursor of the next page; absent on the last page */
                        next?: string;
                    };
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    addForward: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ForwardInput"];
            };
        };
        responses: {
            /** @description A port of the machine of this peer that leads to a port of a deployment */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Forward"];
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `DEPLOYMENT_UNKNOWN`: This peer has no such deployment, or the beginning of the id fits several; "npx tallymesh ps --all" (GET /v1/deployments) lists them.
             *
             *     `PORT_NOT_PUBLISHED`: The deployment does not publish this port; name the port in the bid ("npx tallymesh run --port").
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `DEPLOYMENT_NOT_RUNNING`: No copy of this deployment is running; its state says why.
             *
             *     `FORWARD_PORT_TAKEN`: Something listens at this port of this machine: another program, or the forward of a deployment if one is named here. Choose another port, or leave it out to get a free one.
             *
             *     `FORWARD_ADDRESS_UNAVAILABLE`: This machine cannot listen there; choose an address that the machine has, and a port that the user of the peer may open.
             *
             *     `FORWARD_TOO_MANY`: This peer has as many forwards as it can have; end one that nobody needs.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `BODY_TOO_LARGE`: The body is larger than this call accepts; send a smaller body. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNSUPPORTED_MEDIA_TYPE`: This call accepts JSON only; send the body as application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    endForward: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Names the forward */
                forward: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORWARD_UNKNOWN`: This peer has no such forward; "npx tallymesh forward" lists those that it has. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The health of this peer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listImages: {
        parameters: {
            query?: {
                /** @description The value of `next` on the page before */
                cursor?: string;
                /** @description Number of items on a page */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["OwnImage"][];
                        /** @description Cursor of the next page; absent on the last page */
                        next?: string;
                    };
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    addImage: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ImageSource"];
            };
        };
        responses: {
            /** @description An image that this peer can send to volunteers */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OwnImage"];
                };
            };
            /**
             * @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct.
             *
             *     `IMAGE_ARCHIVE_MALFORMED`: The archive is no whole image; "reason" says why. Write it again with "docker save IMAGE -o FILE", or name a folder with an OCI layout.
             *
             *     `IMAGE_CONFIG_INVALID`: The configuration of the image cannot be read; "reason" says why. Build the image again, and send what "docker save" writes.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `IMAGE_NOT_HELD`: Your engine has no image with this name; "docker images" lists its images, and "docker build" or "docker pull" adds one.
             *
             *     `IMAGE_LAYER_MISSING`: A layer of the image is neither kept here nor in the archive; send the image again, with all its layers.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `OFFER_WITHOUT_ENGINE`: The settings of this peer switch the container engine off; set "engine.use" to "auto" in config.json, and start the peer again.
             *
             *     `IMAGE_ARCHIVE_UNCLEAR`: The archive holds several images that fit, or none; "choices" lists what it holds. Choose one by its name in the archive ("--tag NAME", "tag") or by its architecture ("--architecture NAME", "architecture").
             *
             *     `IMAGE_DIGEST_WRONG`: The bytes are not those that the digest names, so nothing of them was kept; make the archive anew, or take them from another peer.
             *
             *     `IMAGE_WRONG_ARCHITECTURE`: The image was built for another architecture than that of the engine; build it for the architecture of the engine.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `IMAGE_LAYER_TOO_LARGE`: The layer is larger than was announced, so it was refused; announce its true size, or take it from another peer.
             *
             *     `IMAGE_TOO_MANY_LAYERS`: The image has more layers than engines take (125); join some, for example with "RUN a && b" in its Dockerfile.
             *
             *     `IMAGE_TOO_LARGE`: The image is larger than the limit; make it smaller, or choose a volunteer that takes larger ones.
             *
             *     `BODY_TOO_LARGE`: The body is larger than this call accepts; send a smaller body.
             */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNSUPPORTED_MEDIA_TYPE`: This call accepts JSON only; send the body as application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ENGINE_FAILED`: The container engine reported an error; the log of the peer has its words. */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `ENGINE_UNREACHABLE`: No Docker engine answers; start one or set DOCKER_HOST.
             *
             *     `IMAGE_STORE_FULL`: Layers that are in use fill the store of images up to its limit; wait until some are free, or raise the limit.
             *
             *     `IMAGE_STORE_DISK_FULL`: The disk that keeps the layers of images has no room left, and nothing of this layer was kept; free some space, then try again.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    removeImage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its name or its digest */
                image: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `IMAGE_NOT_KEPT`: This peer keeps no such image; "npx tallymesh images" (GET /v1/images) lists those that it can send, and "npx tallymesh images cached" (GET /v1/cached-images) those of tenants. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listInvitations: {
        parameters: {
            query?: {
                /** @description The value of `next` on the page before */
                cursor?: string;
                /** @description Number of items on a page */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Invitation"][];
                        /** @description Cursor of the next page; absent on the last page */
                        next?: string;
                    };
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    invite: {
        parameters: {
            query?: never;
            header?: {
                /** @description A repeated call with the same key and body gets the answer of the first one; failures are not remembered */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InvitationInput"];
            };
        };
        responses: {
            /** @description An invitation to pass on */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invited"];
                };
            };
            /**
             * @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct.
             *
             *     `INVITATION_ADDRESSES`: An invitation needs one to eight multiaddrs at which others can reach this peer; give them with --address.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INVITATION_TOO_MANY`: Too many invitations are still unused; wait until some have expired. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `BODY_TOO_LARGE`: The body is larger than this call accepts; send a smaller body. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNSUPPORTED_MEDIA_TYPE`: This call accepts JSON only; send the body as application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `IDEMPOTENCY_MISMATCH`: This Idempotency-Key was used with a different body before; use a new key. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listLeases: {
        parameters: {
            query?: {
                /** @description The value of `next` on the page before */
                cursor?: string;
                /** @description Number of items on a page */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Lease"][];
                        /** @description Cursor of the next page; absent on the last page */
                        next?: string;
                    };
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    evict: {
        parameters: {
            query?: {
                /** @description Only say what the call would do; nothing is changed */
                dryRun?: boolean;
            };
            header?: never;
            path: {
                /** @description The lease */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The end of a lease that the volunteer ended early */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Eviction"];
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `LEASE_UNKNOWN`: This peer has no such lease, or the given text fits several; GET /v1/leases lists its leases. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `OFFER_WITHOUT_ENGINE`: The settings of this peer switch the container engine off; set "engine.use" to "auto" in config.json, and start the peer again. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    provePair: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The other peer */
                peer: string;
                side: "volunteer" | "tenant";
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What a header proves about one pair: its latest receipt. Without a receipt, it proves that there is no such pair */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PairProof"];
                };
            };
            /**
             * @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct.
             *
             *     `KEY_INVALID`: The key is not a valid Ed25519 public key or peer id; check that it was copied whole.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `LEDGER_EMPTY`: This ledger has no header yet, because nothing was signed; start the peer and use it first. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listMarketOffers: {
        parameters: {
            query?: {
                /** @description The value of `next` on the page before */
                cursor?: string;
                /** @description Number of items on a page */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Offer"][];
                        /** @description Cursor of the next page; absent on the last page */
                        next?: string;
                    };
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listOffers: {
        parameters: {
            query?: {
                /** @description The value of `next` on the page before */
                cursor?: string;
                /** @description Number of items on a page */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["OwnOffer"][];
                        /** @description Cursor of the next page; absent on the last page */
                        next?: string;
                    };
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    makeOffer: {
        parameters: {
            query?: never;
            header?: {
                /** @description A repeated call with the same key and body gets the answer of the first one; failures are not remembered */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OfferInput"];
            };
        };
        responses: {
            /** @description An offer that this peer makes. `total` is all that it promises; `resources` is the part that is still free */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OwnOffer"];
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `IMAGE_NOT_HELD`: Your engine has no image with this name; "docker images" lists its images, and "docker build" or "docker pull" adds one. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `OFFER_WITHOUT_ENGINE`: The settings of this peer switch the container engine off; set "engine.use" to "auto" in config.json, and start the peer again.
             *
             *     `OFFER_OVER_CAPACITY`: The offer promises more than is free on the engine beside your other offers and the containers of other peers; offer less.
             *
             *     `OFFER_TOO_MANY`: A peer can make at most eight offers; withdraw one first.
             *
             *     `IMAGE_WRONG_ARCHITECTURE`: The image was built for another architecture than that of the engine; build it for the architecture of the engine.
             *
             *     `OFFER_NEEDS_ROOT`: The image runs as root, and this peer does not allow that. Set another user in the image ("USER 1000" in its Dockerfile), or set "engine.allowRoot" to true in config.json of this peer and start the peer again.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `BODY_TOO_LARGE`: The body is larger than this call accepts; send a smaller body. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNSUPPORTED_MEDIA_TYPE`: This call accepts JSON only; send the body as application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `IDEMPOTENCY_MISMATCH`: This Idempotency-Key was used with a different body before; use a new key. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ENGINE_UNREACHABLE`: No Docker engine answers; start one or set DOCKER_HOST. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    withdrawOffer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The series of the offer */
                series: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `OFFER_UNKNOWN`: No offer of this peer has such an id, or several have; "npx tallymesh offer --list" lists them, and "--id SERIES" chooses one. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    changeOffer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The series of the offer */
                series: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ImageChange"];
            };
        };
        responses: {
            /** @description An offer that this peer makes. `total` is all that it promises; `resources` is the part that is still free */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OwnOffer"];
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `OFFER_UNKNOWN`: No offer of this peer has such an id, or several have; "npx tallymesh offer --list" lists them, and "--id SERIES" chooses one.
             *
             *     `IMAGE_NOT_OFFERED`: The offer lists no image with this name; "npx tallymesh offer --list" (GET /v1/offers) shows the images that it lists.
             *
             *     `IMAGE_NOT_HELD`: Your engine has no image with this name; "docker images" lists its images, and "docker build" or "docker pull" adds one.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `OFFER_WITHOUT_ENGINE`: The settings of this peer switch the container engine off; set "engine.use" to "auto" in config.json, and start the peer again.
             *
             *     `OFFER_TOO_MANY_IMAGES`: An offer lists at most 32 images; remove some from it first, or make another offer.
             *
             *     `IMAGE_WRONG_ARCHITECTURE`: The image was built for another architecture than that of the engine; build it for the architecture of the engine.
             *
             *     `OFFER_NEEDS_ROOT`: The image runs as root, and this peer does not allow that. Set another user in the image ("USER 1000" in its Dockerfile), or set "engine.allowRoot" to true in config.json of this peer and start the peer again.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `BODY_TOO_LARGE`: The body is larger than this call accepts; send a smaller body. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNSUPPORTED_MEDIA_TYPE`: This call accepts JSON only; send the body as application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ENGINE_UNREACHABLE`: No Docker engine answers; start one or set DOCKER_HOST. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSelf: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description This peer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Self"];
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listPeers: {
        parameters: {
            query?: {
                /** @description The value of `next` on the page before */
                cursor?: string;
                /** @description Number of items on a page */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Peer"][];
                        /** @description Cursor of the next page; absent on the last page */
                        next?: string;
                    };
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listPushes: {
        parameters: {
            query?: {
                /** @description The value of `next` on the page before */
                cursor?: string;
                /** @description Number of items on a page */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Push"][];
                        /** @description Cursor of the next page; absent on the last page */
                        next?: string;
                    };
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    pushImage: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PushInput"];
            };
        };
        responses: {
            /** @description An image on its way to a volunteer ahead of a lease */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Push"];
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `IMAGE_NOT_HELD`: Your engine has no image with this name; "docker images" lists its images, and "docker build" or "docker pull" adds one. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `BODY_TOO_LARGE`: The body is larger than this call accepts; send a smaller body. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNSUPPORTED_MEDIA_TYPE`: This call accepts JSON only; send the body as application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    endPush: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Names the push */
                push: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `PUSH_UNKNOWN`: This peer pushes no image under such an id; GET /v1/pushes lists what it does push. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listReceipts: {
        parameters: {
            query?: {
                /** @description The value of `next` on the page before */
                cursor?: string;
                /** @description Number of items on a page */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Receipt"][];
                        /** @description Cursor of the next page; absent on the last page */
                        next?: string;
                    };
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    stopPeer: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listTrust: {
        parameters: {
            query?: {
                /** @description The value of `next` on the page before */
                cursor?: string;
                /** @description Number of items on a page */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["TrustScore"][];
                        /** @description Cursor of the next page; absent on the last page */
                        next?: string;
                    };
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    explainTrust: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A peer id */
                peer: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Why this peer rates another one as it does */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrustExplanation"];
                };
            };
            /**
             * @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct.
             *
             *     `KEY_INVALID`: The key is not a valid Ed25519 public key or peer id; check that it was copied whole.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getVolunteering: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What this machine lends now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Volunteering"];
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    setVolunteering: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VolunteeringInput"];
            };
        };
        responses: {
            /** @description What this machine lends now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Volunteering"];
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `BODY_TOO_LARGE`: The body is larger than this call accepts; send a smaller body. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNSUPPORTED_MEDIA_TYPE`: This call accepts JSON only; send the body as application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listVouches: {
        parameters: {
            query?: {
                /** @description The value of `next` on the page before */
                cursor?: string;
                /** @description Number of items on a page */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Vouch"][];
                        /** @description Cursor of the next page; absent on the last page */
                        next?: string;
                    };
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    vouch: {
        parameters: {
            query?: {
                /** @description Only say what the call would do; nothing is changed */
                dryRun?: boolean;
            };
            header?: never;
            path: {
                /** @description A peer id */
                peer: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VouchInput"];
            };
        };
        responses: {
            /** @description The effect of a vouch that was signed, or of a dry run */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VouchChange"];
                };
            };
            /**
             * @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct.
             *
             *     `KEY_INVALID`: The key is not a valid Ed25519 public key or peer id; check that it was copied whole.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `VOUCH_REFUSED`: This peer cannot make this vouch; "reason" says why. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `BODY_TOO_LARGE`: The body is larger than this call accepts; send a smaller body. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNSUPPORTED_MEDIA_TYPE`: This call accepts JSON only; send the body as application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revokeVouch: {
        parameters: {
            query?: {
                /** @description Only say what the call would do; nothing is changed */
                dryRun?: boolean;
            };
            header?: never;
            path: {
                /** @description A peer id */
                peer: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The effect of a vouch that was signed, or of a dry run */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VouchChange"];
                };
            };
            /**
             * @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct.
             *
             *     `KEY_INVALID`: The key is not a valid Ed25519 public key or peer id; check that it was copied whole.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `VOUCH_UNKNOWN`: This peer does not vouch for that peer; "npx tallymesh trust vouches" (GET /v1/vouches) lists its vouches. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `VOUCH_REFUSED`: This peer cannot make this vouch; "reason" says why. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
