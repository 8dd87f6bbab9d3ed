module example.com/images

go 1.25

require (
	github.com/aws/aws-cdk-go/awscdk/v2 v2.263.0
	github.com/aws/jsii-runtime-go v1.140.0
	github.com/cdk-workspace-image-share/cdk-workspace-image-share-go/cdkworkspaceimageshare v0.1.0
)
