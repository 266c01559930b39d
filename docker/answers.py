"""Does a web server in this container answer? `python docker/answers.py PORT PATH`, for health checks."""

import http.client
import os
import sys


def main() -> int:
    connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=5)
    try:
        connection.request("GET", sys.argv[2], headers={"Host": os.environ.get("BASE_DOMAIN", "localhost")})
        return 0 if connection.getresponse().status < 500 else 1
    except OSError:
        return 1


if __name__ == "__main__":
    sys.exit(main())
