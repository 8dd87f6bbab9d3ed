"""Makes images in moto, which knows only images of a WorkSpace: a directory, a WorkSpace, then its images.

Usage: images.py <endpoint> <region> <sets> <name>...; prints [{"<name>": "<image id>", ...}, ...]
"""

import json
import sys

import boto3

endpoint, region, sets, *names = sys.argv[1:]
session = boto3.Session("e2e", "e2e", region_name=region)
ec2, directories, workspaces = (
    session.client(service, endpoint_url=endpoint) for service in ("ec2", "ds", "workspaces")
)

subnets = ec2.describe_subnets()["Subnets"][:2]
directory = directories.create_directory(
    Name="desktops.example.com",
    Password="Nobody-logs-in-1",
    Size="Small",
    VpcSettings={"VpcId": subnets[0]["VpcId"], "SubnetIds": [subnet["SubnetId"] for subnet in subnets]},
)
workspaces.register_workspace_directory(DirectoryId=directory["DirectoryId"])
desktop = {"DirectoryId": directory["DirectoryId"], "UserName": "golden", "BundleId": "wsb-bh8rsxt14"}
pending = workspaces.create_workspaces(Workspaces=[desktop])["PendingRequests"][0]


def make(name):
    return workspaces.create_workspace_image(
        Name=name, Description=name, WorkspaceId=pending["WorkspaceId"]
    )["ImageId"]


print(json.dumps([{name: make(f"{name} {n}") for name in names} for n in range(int(sets))]))
