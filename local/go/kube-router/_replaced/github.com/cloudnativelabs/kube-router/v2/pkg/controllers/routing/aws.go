package routing

import "k8s.io/klog/v2"

// disableSourceDestinationCheck takes the place of the one that calls Amazon's EC2: the local host is no machine of theirs.
func (nrc *NetworkRoutingController) disableSourceDestinationCheck() {
	nrc.ec2IamAuthorized = false
	klog.Error("this build of kube-router for the local host cannot change EC2's source and destination check")
}
